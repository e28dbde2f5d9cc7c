"""``python -m nbtrack``: the command line."""

from nbtrack.cli import main

main()
