"""Requests as the vendors allow them: paced, signed, repeated where it helps."""
