"""How to cite the page of a claim."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from factcheck.models import Claim
from factcheck.views.public import canonical

# What LaTeX reads as its own.
SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
}


@dataclass(frozen=True, slots=True)
class Citation:
    text: str
    bibtex: str

    @classmethod
    def of(cls, claim: Claim, day: date) -> "Citation":
        """The record as it stood on a day: whoever follows the citation later may find another status."""
        address = canonical(claim.get_absolute_url())
        site, on = urlsplit(settings.SITE_URL).netloc, date_format(day)
        status = f"{claim.status_line}, {on}"
        text = _("“%(claim)s” Record of a claim. %(status)s. %(site)s. %(address)s") % {
            "claim": claim.text,
            "status": status,
            "site": site,
            "address": address,
        }
        fields = {
            "title": f"{{{_latex(claim.text)}}}",
            "howpublished": _("Record of a claim, %(site)s") % {"site": _latex(site)},
            "year": str(claim.listed_at.year if claim.listed_at else day.year),
            "note": _latex(status),
            "url": address,
        }
        lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
        return cls(text, f"@misc{{{claim.slug},\n{lines}\n}}")


def _latex(text: str) -> str:
    return "".join(SPECIAL.get(character, character) for character in text)
