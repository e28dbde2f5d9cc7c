"""nbtrack: an experiment tracker that lives inside the notebook."""

__version__ = "0.1.0"
