-- One more load of a large site: one record for each number from `first_number` to before `last_number`. Of ten numbers
-- seven are sessions of Snitcher and three are recordings of Smartlook, two of which are of a visit that Snitcher saw; all
-- have five events. One number in 50 is also a call, one in 100 feedback, one in 200 an imported lead, and one session in
-- 70 ends with a form. A company is a number too, and all that is known of its records follows from theirs.

create or replace temp macro moment(n) as timestamptz '2025-09-01 00:00:00+00' + to_seconds(n * 31.0);
create or replace temp macro city(n) as 'City ' || (n * 7 % 300);
create or replace temp macro browser(n) as (['Chrome', 'Safari', 'Firefox', 'Edge'])[1 + n % 4];
create or replace temp macro page(n) as 'https://site.example/' || (n * 13 % 400);
create or replace temp macro uuid_of(kind, n) as kind || md5(kind || n)[1:32];
-- a third of the sessions come from a hundredth of the companies
create or replace temp macro company(n) as
    cast(hash(n) % case when n % 3 = 0 then greatest(getvariable('companies') // 100, 1) else getvariable('companies') end as bigint);
create or replace temp macro domain(c) as 'company' || c || (['.com', '.de', '.co.uk', '.fr'])[1 + c % 4];
create or replace temp macro phone(c) as '+49 30 ' || (20000000 + c);

insert into raw_snitcher.workspaces by name
select 'ws' as uuid, 'Site' as name, 'https://site.example' as url, getvariable('load_id') as _dlt_load_id
where getvariable('first_number') = 0;

-- an organisation is reported again by every load that has a session of it
create or replace temp table visiting as
select company(n) as c, min(n) as first_n, max(n) as last_n
from range(getvariable('first_number'), getvariable('last_number')) as numbers (n)
where n % 10 < 7
group by all;

create or replace temp table known as
select visiting.c, coalesce(stored.first_seen, moment(visiting.first_n)) as first_seen, moment(visiting.last_n) as last_seen
from visiting
left join raw_snitcher.organisations as stored on uuid_of('o', visiting.c) = stored.uuid;

delete from raw_snitcher.organisations using known where organisations.uuid = uuid_of('o', known.c);

insert into raw_snitcher.organisations by name
select
    'ws' as workspace_uuid, uuid_of('o', c) as uuid, 'Company ' || c || ' GmbH' as name,
    -- one in twenty has no website; what a later load names may be another one
    case when c % 20 > 0 then 'https://www.' || domain(c + case when getvariable('first_number') > 0 and c % 997 = 5 then 10000000 else 0 end) end
        as website,
    first_seen, last_seen, 'DE' as address_country, city(c) as address_city, 'Software' as industry, '51-200 employees' as size,
    case when c % 5 < 3 then phone(c - case when c % 20 = 0 and c % 40 > 0 then 1 else 0 end) end as phone,
    json('["target"]') as tags, json('[{"name": "DACH"}]') as segments, getvariable('load_id') as _dlt_load_id
from known;

insert into raw_snitcher.organisation_websites by name
select
    organisations.workspace_uuid, organisations.uuid, organisations.website,
    timestamptz '2026-09-01' + to_seconds(getvariable('first_number')) as first_loaded_at,
    getvariable('load_id') as _dlt_load_id
from raw_snitcher.organisations
anti join raw_snitcher.organisation_websites as stored using (workspace_uuid, uuid, website)
where organisations.website is not null;

insert into raw_snitcher.sessions by name
select
    'ws' as workspace_uuid, uuid_of('s', n) as uuid, uuid_of('o', company(n)) as organisation_uuid,
    moment(n) as started_at, moment(n) + interval 10 minute as ended_at, 'DE' as location_country,
    city(n) as location_city, browser(n) as browser, 'desktop' as device_type,
    (['https://www.google.com/', null, 'https://news.example/' || (n % 5000), 'https://www.linkedin.com/'])[1 + n % 4] as referrer,
    getvariable('load_id') as _dlt_load_id
from range(getvariable('first_number'), getvariable('last_number')) as numbers (n)
where n % 10 < 7;

-- numbers that end on 01 or 51 end with a form
insert into raw_snitcher.session_events by name
select
    'ws' as workspace_uuid, uuid_of('s', n) as session_uuid, position,
    case when position = 5 and n % 50 = 1 then 'form_submit' else 'pageview' end as event_type,
    page(n + position - 1) || case when position = 1 and n % 6 = 0 then '?utm_source=ads&utm_medium=cpc' else '' end as url,
    moment(n) + to_minutes(position - 1) as triggered_at, 30.0 as time_on_page,
    case when position = 5 and n % 50 = 1 then 'contact' end as form_id,
    case when position = 5 and n % 50 = 1 then 'Contact' end as form_name,
    case when position = 5 and n % 50 = 1 then json_array(
        {'name': 'email', 'value': 'person' || (n % 7) || '@' || case when n % 3 = 0 then 'gmail.com' else domain(company(n)) end},
        {'name': 'first_name', 'value': 'First' || (n % 500)},
        {'name': 'last_name', 'value': 'Last' || n},
        {'name': 'phone', 'value': phone(company(n))},
        {'name': 'company', 'value': 'Company ' || company(n)}
    ) end as fields,
    getvariable('load_id') as _dlt_load_id
from range(getvariable('first_number'), getvariable('last_number')) as numbers (n), range(1, 6) as positions (position)
where n % 10 < 7;

-- two recordings of three are of a visit that Snitcher saw
create or replace temp table recorded as
select n, case when n % 30 < 20 then n - 3 else n end as seen_n
from range(getvariable('first_number'), getvariable('last_number')) as numbers (n)
where n % 10 >= 7;

insert into raw_smartlook.sessions by name
select
    'project' as project_id, uuid_of('r', n) as id, uuid_of('v', n // 20) as visitor_id,
    case when n % 100 = 7 then 'person' || (n % 7) || '@' || domain(company(n)) end as identification_uid,
    moment(seen_n) + interval 5 second as started_at, moment(seen_n) + interval 10 minute as ended_at,
    page(seen_n) as landing_page, 'site.example' as domain, 'DE' as identification_country_code,
    city(seen_n) as identification_country_city, browser(seen_n) as identification_browser_name,
    'desktop' as identification_device_type, getvariable('load_id') as _dlt_load_id
from recorded;

insert into raw_smartlook.visitors by name
select
    'project' as project_id, uuid_of('v', n // 20) as id, min(moment(seen_n)) as first_seen, max(moment(seen_n)) as last_seen,
    count(*) as number_of_sessions, getvariable('load_id') as _dlt_load_id
from recorded
group by all;

insert into raw_smartlook.visitor_events by name
select
    'project' as project_id, uuid_of('e', n * 5 + place) as id, uuid_of('r', n) as session_id, uuid_of('v', n // 20) as visitor_id,
    case when place = 4 then 'click' else 'url' end as type, page(seen_n + place) as page_url,
    moment(seen_n) + to_seconds(place * 20) as started_at, 0.0 as duration,
    case when place = 4 then json('{"name": "button", "value": "Buy"}') end as properties,
    getvariable('load_id') as _dlt_load_id
from recorded, range(0, 5) as places (place);

insert into raw_snapcall.buttons by name
select 'b' as bid, 'Sales' as name, 'Europe/Berlin' as timezone, true as active, getvariable('load_id') as _dlt_load_id
where getvariable('first_number') = 0;

insert into raw_snapcall.calls by name
select
    n as id, 'b' as bid, 'agent' || (n % 9) || '@site.example' as agent,
    case when n % 2 = 0 then replace(phone(company(n))[2:], ' ', '')::bigint end as ani,
    case when n % 4 = 0 then json_object('email', 'person' || (n % 7) || '@' || domain(company(n))) end as context_external,
    case when n % 5 = 0 then 'missed' else 'answered' end as status, (n % 5 + 1)::double as rate,
    moment(n) + interval 2 minute as call_start, moment(n) + interval 5 minute as call_end, 180.0 as duration,
    page(n + 2) as context_default_url, city(n) as context_default_city, browser(n) as context_default_browser,
    getvariable('load_id') as _dlt_load_id
from range(getvariable('first_number'), getvariable('last_number')) as numbers (n)
where n % 50 = 2;

insert into raw_usersnap.projects by name
select 'p' as project_id, 'Site' as name, true as is_live, getvariable('load_id') as _dlt_load_id
where getvariable('first_number') = 0;

insert into raw_usersnap.feedbacks by name
select
    uuid_of('f', n) as feedback_id, n as feedback_number, 'p' as project_id, moment(n) + interval 3 minute as created_at,
    moment(n) + interval 1 day as updated_at, 'open' as status_type, 'high' as priority, false as is_demo,
    case when n % 2 = 0 then 'person' || (n % 7) || '@' || case when n % 3 = 0 then 'gmail.com' else domain(company(n)) end end as email,
    page(n + 3) as client_url, city(n) as client_city_name, browser(n) as client_browser_name,
    getvariable('load_id') as _dlt_load_id
from range(getvariable('first_number'), getvariable('last_number')) as numbers (n)
where n % 100 = 4;

insert into raw_snapcrm.leads by name
select
    uuid_of('l', n) as lead_row, 'import' as known_from, moment(n) as known_at, 'crm-' || n as id,
    'First' || (n % 500) as first_name, 'Last' || n as last_name, 'person' || (n % 7) || '@' || domain(company(n)) as email,
    'open' as status, moment(n) as created_at, getvariable('load_id') as _dlt_load_id
from range(getvariable('first_number'), getvariable('last_number')) as numbers (n)
where n % 200 = 5;
