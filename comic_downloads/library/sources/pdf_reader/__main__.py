"""Start the program from its folder: ``python -I pdf_reader FILE SECONDS MAX_BYTES``."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

if __name__ == "__main__":
    # As a package of its own, its modules find each other without the rest of the product.
    sys.path.append(str(Path(__file__).resolve().parents[1]))
    import_module("pdf_reader.program").main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
