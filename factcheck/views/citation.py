"""How to cite the page of a claim."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from factcheck.models import Claim

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
    def of(cls, claim: Claim, basis: str, address: str, day: date, desk: str = "") -> "Citation":
        """The page as it stood on a day: whoever follows the citation later may find another status.

        `basis` says what the status rests on and since when, `desk` who gave it, where it was us.
        """
        host = urlsplit(settings.SITE_URL).netloc
        status = f"{claim.status.word}. {basis}" if claim.status else basis
        text = _("“%(claim)s” Record of a claim. %(status)s %(site)s, as of %(day)s. %(address)s") % {
            "claim": claim.text,
            "status": status,
            "site": f"{desk}, {host}" if desk else host,
            "day": date_format(day),
            "address": address,
        }
        since = claim.status_since or claim.listed_at
        fields = {
            "title": f"{{{_latex(claim.text)}}}",
            "author": f"{{{_latex(desk)}}}" if desk else "",
            "howpublished": _("Record of a claim, %(site)s") % {"site": _latex(host)},
            "year": str((since or day).year),
            "note": _latex(status),
            "url": address,
            "urldate": day.isoformat(),
        }
        lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items() if value)
        return cls(text, f"@misc{{{claim.slug},\n{lines}\n}}")


def _latex(text: str) -> str:
    return "".join(SPECIAL.get(character, character) for character in text)
