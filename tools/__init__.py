"""Programs for the people who work on the product; nothing in the product imports them."""
