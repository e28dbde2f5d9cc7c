"""What connects nbtrack with other tools; each needs that tool, and is loaded only with it."""
