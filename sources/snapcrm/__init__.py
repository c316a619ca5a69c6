"""SnapCRM: its API only creates leads, so there is nothing to read; these are the tables of what is known."""
