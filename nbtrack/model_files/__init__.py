"""Models as files: what library saved them, in which format, with which schema."""
