"""People's rights in what is held about them: to see it, and to be forgotten."""
