"""A tracking database for claims: what was said, where, what is known about it, and who checked it."""

__version__ = "0.1.0"
