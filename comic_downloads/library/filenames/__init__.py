"""Read series, number, volume, year and title out of the names of files and folders."""
