"""How dates read."""

DATE_FORMAT = "j E Y"
