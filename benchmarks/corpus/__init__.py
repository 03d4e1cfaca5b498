"""Read any folder of real files through the product, and compare what comes out."""
