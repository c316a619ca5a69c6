-- One row per form that somebody sent and that asks for contact fields. Grain: workspace_id, session_id, position.
-- `is_lead` says whether the form asks to be contacted: by the list of forms, else by what it asks.

with

form_values as (

    select * from {{ ref('int_form_values') }}

),

sessions as (

    select * from {{ ref('int_visits') }}
    where vendor = 'snitcher'

),

organisations as (

    select * from {{ ref('int_organisations') }}

),

forms as (

    select * from {{ source('reference', 'forms') }}

),

named_forms as (

    select distinct
        form_id,
        form_name

    from form_values
    where form_id is not null or form_name is not null

),

-- a line that gives both id and name says more than one that gives the id, and that more than one with the name alone
purposes as (

    select
        named_forms.form_id,
        named_forms.form_name,
        forms.purpose,
        row_number() over (
            partition by named_forms.form_id, named_forms.form_name
            order by
                case when forms.form_id is null then 1 else 0 end,
                case when forms.form_name is null then 1 else 0 end,
                forms.form_id,
                forms.purpose
        ) as place

    from named_forms
    inner join forms
        on
            (forms.form_id is null or lower(named_forms.form_id) = lower(forms.form_id))
            and (forms.form_name is null or lower(named_forms.form_name) = forms.form_name)

),

asked as (

    select
        workspace_id,
        session_id,
        position,
        form_id,
        form_name,
        occurred_at,
        max(email) as email,
        max(case when maps_to = 'email' and email is null then {{ meant('typed_text') }} end) as contact_text,
        max(case when maps_to = 'first_name' then {{ meant('line_text') }} end) as first_name,
        max(case when maps_to = 'last_name' then {{ meant('line_text') }} end) as last_name,
        max(case when maps_to = 'name' then {{ meant('line_text') }} end) as whole_name,
        max(case when maps_to = 'phone' then typed_text end) as phone_text,
        max(case when maps_to = 'company' then {{ meant('line_text') }} end) as company_text,
        max(case when maps_to = 'website' then typed_text end) as website,
        max(case when maps_to = 'city' then {{ meant('line_text') }} end) as city,
        count(case when maps_to in ('first_name', 'last_name', 'name') then 1 end) as name_fields,
        bool_or(maps_to = 'email') as asks_email,
        bool_or(maps_to in ('first_name', 'last_name', 'name', 'phone', 'company', 'message')) as asks_more

    from form_values
    group by workspace_id, session_id, position, form_id, form_name, occurred_at

),

final as (

    select
        asked.workspace_id,
        asked.session_id,
        asked.position,
        asked.form_name,
        asked.email,
        asked.contact_text,
        asked.first_name,
        asked.last_name,
        asked.whole_name,
        asked.name_fields,
        asked.phone_text,
        coalesce(sessions.country_code, organisations.country_code, 'ZZ') as region,
        asked.company_text,
        asked.website,
        asked.city,
        coalesce(asked.occurred_at, sessions.started_at) as asked_at,
        purposes.purpose,
        case
            when purposes.purpose is null then asked.asks_email and asked.asks_more
            else purposes.purpose = 'lead'
        end as is_lead

    from asked
    inner join sessions
        on
            asked.workspace_id = sessions.scope_id
            and asked.session_id = sessions.session_id
    left join organisations
        on sessions.organisation_id = organisations.organisation_id
    left join purposes
        on
            purposes.place = 1
            and asked.form_id is not distinct from purposes.form_id
            and asked.form_name is not distinct from purposes.form_name

)

select * from final
