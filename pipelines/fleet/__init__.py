"""All tenants of an installation: syncing what is due, one table of how they are, one lake of what they published."""
