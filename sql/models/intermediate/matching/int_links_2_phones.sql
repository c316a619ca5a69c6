-- One row per record of which the operator, a domain or a phone number says anything, with the company that they
-- decide on. Grain: vendor, entity_type, entity_id. What the rule `person` may lean on; `rule` is null where nothing is
-- decided.

{{ decided_by([ref('int_match_phone')], before=ref('int_links_1_domains')) }}
