"""Nothing lost, nothing doubled: kills, lists that move, and readers, at length and by chance that a seed repeats."""
