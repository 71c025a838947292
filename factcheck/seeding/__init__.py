"""Seed files → checked rows → records, and back. `format` is the one definition of what a seed file may hold."""
