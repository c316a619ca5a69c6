"""From raw tables to the published file: reference tables, dbt, checks, the swap."""
