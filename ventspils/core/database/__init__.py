"""The registry's database: SQLite or PostgreSQL, its migrations, backups of the whole centre."""
