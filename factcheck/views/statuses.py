"""Claims counted by status. Bases are never added up: what was reported is not what we found."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from django.db.models import Count, QuerySet

from factcheck.models import Claim, StatusBasis
from factcheck.models.scale import in_words
from factcheck.views.paging import COUNTED

BASES = (StatusBasis.REVIEWED, StatusBasis.REPORTED, StatusBasis.NONE)


@dataclass(frozen=True, slots=True)
class Status:
    """A status with its basis, as a count or a chart names it."""

    basis: str
    slug: str = ""
    label: str = ""
    colour: str = ""
    position: int = 0
    rating_class: str = ""

    @classmethod
    def of(cls, claim: Claim) -> Self:
        if not (rating := claim.status):
            return cls(claim.status_basis)
        return cls(claim.status_basis, rating.slug, rating.label, rating.colour, rating.position, rating.rating_class)

    @property
    def word(self) -> str:
        """The rating in the reader's language."""
        return in_words(self.label)

    @property
    def basis_words(self) -> str:
        return str(StatusBasis(self.basis).label)


@dataclass(frozen=True, slots=True)
class Share:
    """One part of the bar: where it begins and how wide it is, in percent as SVG writes it."""

    status: Status
    number: int
    begin: str
    width: str


@dataclass(frozen=True, slots=True)
class StatusBar:
    shares: list[Share]
    total: int

    @classmethod
    def of(cls, numbers: Iterable[tuple[Status, int]]) -> Self:
        ordered = sorted(numbers, key=lambda pair: (BASES.index(StatusBasis(pair[0].basis)), pair[0].position))
        total = sum(number for _, number in ordered)
        shares, begin = [], 0.0
        for status, number in ordered:
            width = 100 * number / total
            shares.append(Share(status, number, f"{begin:.3f}", f"{width:.3f}"))
            begin += width
        return cls(shares, total)

    @classmethod
    def of_claims(cls, claims: Iterable[Claim]) -> Self:
        return cls.of(Counter(map(Status.of, claims)).items())

    @property
    def is_capped(self) -> bool:
        return self.total >= COUNTED


def count_by_status(claims: QuerySet[Claim]) -> StatusBar:
    """Of the newest of these claims, COUNTED at most."""
    newest = claims.order_by("-listed_at", "-id").values("pk")[:COUNTED]
    of_rating = ("slug", "label", "colour", "position", "rating_class")
    columns = ("status_basis", *(f"status__{name}" for name in of_rating))
    rows = Claim.objects.filter(pk__in=newest).order_by().values_list(*columns).annotate(Count("pk"))
    return StatusBar.of(
        (Status(basis, *rating) if rating[0] else Status(basis), number) for basis, *rating, number in rows
    )
