"""How dates read: a month that stands alone is in the nominative, and small inside a sentence (`PartialDate.words`)."""

DATE_FORMAT = "j E Y"
YEAR_MONTH_FORMAT = "F Y"
MONTH_DAY_FORMAT = "j E"
