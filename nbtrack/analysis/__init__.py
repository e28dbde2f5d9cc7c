"""What is computed from recorded runs: frames, comparisons, attempts."""
