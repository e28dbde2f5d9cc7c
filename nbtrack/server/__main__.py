"""``python -m nbtrack.server``, which is also ``jupyter nbtrack``."""

from __future__ import annotations

from nbtrack.server.app import main

if __name__ == "__main__":
    main()
