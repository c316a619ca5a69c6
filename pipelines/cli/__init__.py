"""The command line: one function a command, and nothing that a command does."""
