-- By which rules the records of accounts are linked. Grain: company_key, entity_type, rule, confidence.
select
    company_key,
    entity_type,
    rule,
    confidence,
    count(*) as records,
    count(evidence_against) as contested

from marts.company_links
where company_key in (select unnest($keys))
group by company_key, entity_type, rule, confidence
order by company_key, records desc, entity_type, rule
