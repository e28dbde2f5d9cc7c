"""What happens while a cell runs."""
