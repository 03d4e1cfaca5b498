"""Comic Downloads: comics, as the file you want, over any connection."""

__version__ = "0.1.0"
