"""What runs when: windows, loading, building, publishing and the command line."""
