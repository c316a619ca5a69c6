-- One row per record that the operator, a domain or a phone number links. Grain: vendor, entity_type, entity_id. What
-- the rule `person` may lean on.

with

{{ decided_by([
    ref('int_match_override'),
    ref('int_match_email_domain'),
    ref('int_match_website_domain'),
    ref('int_match_phone'),
]) }}

select
    vendor,
    entity_type,
    entity_id,
    company_key,
    rule

from decided
where is_decided and company_key is not null
