"""Draw the demo comics and replace the files that the product ships.

Usage: ``python -m tools.demo``
"""

from __future__ import annotations

from comic_downloads.library.demo import SHIPPED

from .comics import write_demo_comics

write_demo_comics(SHIPPED)
