"""The seeded world: companies, people, visits and what they left with each vendor, and its truth."""
