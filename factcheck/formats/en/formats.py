"""How dates read."""

DATE_FORMAT = "j F Y"
