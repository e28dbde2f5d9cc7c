"""The Jupyter Server extension: HTTP in front of the dashboard's service."""
