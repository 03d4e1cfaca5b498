"""Send finished files to e-readers by mail."""
