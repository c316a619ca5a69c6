"""Reading vendors: what is due of each, read, stored and recorded."""
