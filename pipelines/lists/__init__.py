"""The user's own lists beside the shipped ones."""
