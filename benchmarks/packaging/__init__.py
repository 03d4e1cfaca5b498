"""Packaging against its peers, on the same pages, in one run: ``python -m benchmarks.packaging --help``."""
