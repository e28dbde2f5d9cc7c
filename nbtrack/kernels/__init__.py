"""Which process executes, and whether it still lives."""
