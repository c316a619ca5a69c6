-- Fails with contacts of which a vendor's model stg_<vendor>__contacts does not say what _staging.yml promises. Guards
-- what is made of them: a kind that is another record's, or an address or number in another form, would match nothing,
-- or what it should not.

select
    vendor,
    entity_type,
    entity_id

from {{ contacts() }} as contacts
where
    {% if is_increment() %}{{ is_new('load_id') }} and{% endif %}
    (
        model_vendor is distinct from vendor
        or entity_id is null
        or is_demo is null
        or summary is null
        or entity_type is null
        or entity_type in ('organisation', 'session', 'visitor', 'recording', 'lead', 'form_submit', 'domain')
        or email != lower(email)
        or phone not like '+%'
    )
