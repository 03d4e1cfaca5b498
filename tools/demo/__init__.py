"""The drawings of the demo comics, and the program that packs them for the product to ship."""
