"""People who asked: who would be sent to SnapCRM, sending them, and reading its exports."""
