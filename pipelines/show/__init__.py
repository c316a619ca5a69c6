"""What people see: tables, explanations, a terminal or a pipe."""
