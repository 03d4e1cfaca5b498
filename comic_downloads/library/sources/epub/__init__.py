"""Read EPUB comics: from the package document to the pictures that each page shows."""
