"""What a run is to those outside of it: lock, progress, status."""
