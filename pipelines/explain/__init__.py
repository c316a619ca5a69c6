"""Questions to the published file: why a record is linked, what a company has, and SQL."""
