"""The warehouse's files: loading raw tables, what is recorded of windows and quarantine."""
