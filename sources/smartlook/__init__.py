"""Smartlook: pinned tables."""
