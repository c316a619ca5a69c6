-- One row per record of which anything but a visit tells its company, with what that decides. Grain: vendor,
-- entity_type, entity_id. What visits lean on; `rule` is null where nothing is decided.

{{ decided_by([
    ref('int_match_override'),
    ref('int_match_domain'),
    ref('int_match_phone'),
    ref('int_match_person'),
    ref('int_match_form_session'),
    ref('int_match_company_name'),
]) }}
