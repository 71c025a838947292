"""What was put right in public, as one list: corrections, withdrawn reviews, and claims taken off with a note."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from factcheck import history
from factcheck.models import Change, Claim, Correction, PageSlug, Review, ReviewState
from factcheck.views.about import text_of
from factcheck.views.following import correction_feeds
from factcheck.views.paging import PAGE_SIZE, Rows, Source, merged
from factcheck.views.public import address, canonical, page, public_page


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened in public to a claim: `kind` says what, `record` is what it happened to."""

    kind: str
    at: datetime
    record: Any
    is_undone: bool = False

    @property
    def claim_id(self) -> int:
        return int(self.record.pk if isinstance(self.record, Claim) else self.record.claim_id)


KINDS: dict[type[Model], tuple[str, str]] = {
    Correction: ("correction", "made_at"),
    Review: ("withdrawal", "withdrawn_at"),
    Claim: ("unlisting", "unlisted_at"),
    Change: ("unlisting", "at"),
}


def put_right(after: str | None = None, size: int = PAGE_SIZE) -> Rows[Entry]:
    """The newest first, by four queries. Raises Refused."""
    corrections = Correction.objects.public().select_related("claim")
    withdrawn = Review.objects.public().filter(state=ReviewState.WITHDRAWN).select_related("claim", "rating")
    unlisted = Claim.objects.once_listed().exclude(unlisted_note="").only("slug", "unlisted_at", "unlisted_note")
    undone = Change.objects.unlistings_undone()
    queries: list[QuerySet[Any]] = [unlisted, withdrawn, corrections, undone]
    rows = merged([Source(query, KINDS[query.model][1]) for query in queries], after, size)
    return Rows([_entry(row) for row in rows.rows], rows.after, rows.is_first)


def _entry(row: Model) -> Entry:
    if isinstance(row, Change):
        return _undone(row)
    kind, column = KINDS[type(row)]
    return Entry(kind, getattr(row, column), row)


def _undone(change: Change) -> Entry:
    """As it stood here while the claim was unlisted. The slug is that of today: it is fixed once readers have it."""
    became = history.payload(change.after)
    at = datetime.fromisoformat(became["unlisted_at"])
    claim = Claim(pk=change.whole_id, slug=change.slug, unlisted_at=at, unlisted_note=became["unlisted_note"])
    return Entry("unlisting", at, claim, is_undone=True)


@public_page()
def correction_list(request: HttpRequest) -> HttpResponse:
    after = request.GET.get("after", "")
    entries = put_right(after)
    here = reverse("factcheck:correction-list")
    context = {
        "section": "corrections",
        "canonical": canonical(here, {"after": after}),
        "feeds": correction_feeds(),
        "page": entries,
        "first": here,
        "next": address(here, {"after": entries.after}),
        **text_of(PageSlug.CORRECTIONS_POLICY),
    }
    return page("factcheck/correction_list.html", context)
