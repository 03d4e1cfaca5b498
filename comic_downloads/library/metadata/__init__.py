"""Collect a comic's metadata from its documents, its folders and its file name."""

from .description import describe

__all__ = ["describe"]
