"""Rows of answers as Arrow tables with pinned columns."""
