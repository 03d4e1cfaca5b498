"""Files that are sent to e-readers by mail."""
