-- One row per record of which the operator or a domain says anything, with the company that they decide on. Grain:
-- vendor, entity_type, entity_id. The first of four steps, on which the next ones lean; `rule` is null where nothing is
-- decided.

{{ decided_by([ref('int_match_override'), ref('int_match_domain')]) }}
