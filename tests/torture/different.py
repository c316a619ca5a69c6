"""What ends a torture: the first difference."""


class Different(Exception):
    """Something is not what it has to be."""
