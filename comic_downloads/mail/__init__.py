"""Mail: messages with a file, and the server that takes them."""
