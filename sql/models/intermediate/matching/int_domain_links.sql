-- One row per record of which the operator or a domain says anything, with the company that they decide on. Grain:
-- vendor, entity_type, entity_id. What weaker rules may lean on; `rule` is null where nothing is decided.

with

{{ decided_by([
    ref('int_match_override'),
    ref('int_match_email_domain'),
    ref('int_match_website_domain'),
]) }}

select
    vendor,
    entity_type,
    entity_id,
    company_key,
    rule,
    evidence

from decided
