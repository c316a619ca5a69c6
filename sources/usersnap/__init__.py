"""Usersnap: pinned tables."""
