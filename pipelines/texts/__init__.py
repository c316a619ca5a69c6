"""One reader for each kind of text: addresses, hosts, telephone numbers."""
