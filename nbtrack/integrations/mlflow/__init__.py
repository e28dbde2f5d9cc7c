"""MLflow logs into nbtrack: ``pip install nbtrack[mlflow]``, then one line.

``mlflow.set_tracking_uri("nbtrack:")`` names the user's own store,
``nbtrack+sqlite:///path/to/file.db`` and ``nbtrack+postgresql://host/name`` name others.
"""
