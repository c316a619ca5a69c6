"""What every vendor's service shares: server, limits, faults, routes."""
