"""Leadpath as one package: what an installed Leadpath is found under. In a checkout its rooms stand beside it."""
