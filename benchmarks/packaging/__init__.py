"""Compare packaging with other programs and libraries, on the same pages, in one run.

Usage: ``python -m benchmarks.packaging --help``.
"""
