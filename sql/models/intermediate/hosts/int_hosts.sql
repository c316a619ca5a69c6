-- One row per host that anything names, and the company that it stands for. Grain: host_text. What is below a platform
-- is no company, but a platform is one: `mail_domain` is the company of addresses at the host, `front_domain` that of
-- the host's front page.

with

registrable as (

    select * from {{ ref('int_registrable_hosts') }}

),

own_domains as (

    select * from {{ source('reference', 'own_domains') }}

),

with_company as (

    select
        *,
        case when shared_kind is null and registrable_domain not like '%\_%' escape '\' then registrable_domain end
            as company_domain,
        case when front_suffix = registrable_domain then front_suffix end as platform_domain

    from registrable

),

own as (

    select distinct with_company.company_domain
    from own_domains
    inner join with_company
        on {{ url_host('own_domains.site') }} = with_company.host_text
    where with_company.company_domain is not null

),

final as (

    select
        with_company.host_text,
        with_company.host,
        with_company.registrable_domain,
        with_company.shared_kind,
        with_company.company_domain,
        coalesce(
            with_company.company_domain,
            case when with_company.front_kind in ('platform', 'social') then with_company.platform_domain end
        ) as mail_domain,
        coalesce(
            with_company.company_domain,
            case
                when with_company.front_kind in ('platform', 'social', 'provider') then with_company.platform_domain
            end
        ) as front_domain,
        own.company_domain is not null as is_own

    from with_company
    left join own
        on with_company.company_domain = own.company_domain

)

select * from final
