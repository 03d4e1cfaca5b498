"""The program that reads one PDF for the parent process (``program`` describes it)."""
