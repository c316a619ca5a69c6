"""What is due of a resource at its cadence, and how it is read."""
