"""The registry: what the centre knows by being told, in SQLite or PostgreSQL."""
