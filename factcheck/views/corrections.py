"""What was put right in public, as one list: corrections, withdrawn reviews, and claims taken off with a note."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from factcheck.models import Claim, Correction, PageSlug, Review, ReviewState
from factcheck.views.about import text_of
from factcheck.views.paging import PAGE_SIZE, Rows, Source, merged
from factcheck.views.public import address, canonical, page, public_page


def put_right(after: str | None = None, size: int = PAGE_SIZE) -> Rows[Any]:
    """The newest first, each row with its `kind`; three queries. Raises Refused."""
    corrections = Correction.objects.public().select_related("claim")
    withdrawn = Review.objects.public().filter(state=ReviewState.WITHDRAWN).select_related("claim", "rating")
    unlisted = Claim.objects.once_listed().exclude(unlisted_note="").only("slug", "unlisted_at", "unlisted_note")
    rows = merged(
        [Source(unlisted, "unlisted_at"), Source(withdrawn, "withdrawn_at"), Source(corrections, "made_at")],
        after,
        size,
    )
    for row in rows.rows:
        row.kind_of_entry = row._meta.model_name
    return rows


@public_page()
def correction_list(request: HttpRequest) -> HttpResponse:
    after = request.GET.get("after", "")
    entries = put_right(after)
    here = reverse("factcheck:correction-list")
    context = {
        "section": "corrections",
        "canonical": canonical(here, {"after": after}),
        "page": entries,
        "first": here,
        "next": address(here, {"after": entries.after}),
        **text_of(PageSlug.CORRECTIONS_POLICY),
    }
    return page("factcheck/correction_list.html", context)
