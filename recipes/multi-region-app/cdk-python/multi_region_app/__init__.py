"""The stacks of the application."""
