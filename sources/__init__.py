"""How each vendor speaks: HTTP and Arrow, no destination and no SQL."""
