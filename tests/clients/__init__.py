"""The recipes of docs/connect.md, run by the tools that they are for."""
