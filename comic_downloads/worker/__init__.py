"""The worker and its queue."""

from ..lean_imports import import_without

# Huey has a storage on PostgreSQL, which we do not use: 9 MB of every process.
import_without("huey", "psycopg")
