"""Backups: a folder with the database, its archive, small files and a manifest with checksums."""
