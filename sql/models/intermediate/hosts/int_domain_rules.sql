-- One row per rule that says where a host's registrable name begins, or that a domain is no company's.
-- Grain: suffix, suffix_labels, section. A rule applies to hosts that end with its suffix.

{{ config(materialized='view') }}

with

public_suffixes as (

    select * from {{ source('reference', 'public_suffixes') }}

),

shared_domains as (

    select * from {{ source('reference', 'shared_domains') }}

),

free_mail_domains as (

    select * from {{ source('reference', 'free_mail_domains') }}

),

rules as (

    select
        suffix,
        matched_labels,
        suffix_labels,
        is_exception,
        section,
        cast(null as varchar) as shared_kind

    from public_suffixes
    union all
    -- a site builder's customers keep their own host, as if its domain were a public suffix
    select
        domain as suffix,
        {{ label_count('domain') }} as matched_labels,
        {{ label_count('domain') }} as suffix_labels,
        false as is_exception,
        kind as section,
        cast(null as varchar) as shared_kind

    from shared_domains
    where kind = 'site_builder'
    union all
    select
        domain as suffix,
        {{ label_count('domain') }} as matched_labels,
        cast(null as bigint) as suffix_labels,
        false as is_exception,
        kind as section,
        kind as shared_kind

    from shared_domains
    where kind != 'site_builder'
    union all
    select
        domain as suffix,
        {{ label_count('domain') }} as matched_labels,
        cast(null as bigint) as suffix_labels,
        false as is_exception,
        'free_mail' as section,
        'free_mail' as shared_kind

    from free_mail_domains

)

select * from rules
