"""Pages for people: the report with a page per account, and the data dictionary. Each is a file that needs no other."""
