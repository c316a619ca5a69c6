"""A list read to its proved end, page by page or cursor by cursor."""
