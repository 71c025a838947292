"""A small public site with one of everything, each text of it marked, for tests that look at every page."""

from dataclasses import dataclass
from typing import Any

from django.core.management.color import no_style
from django.db import connection
from django.utils import timezone

from factcheck import workflow
from factcheck.models import (
    Article,
    Caveat,
    Claim,
    Claimant,
    ClaimKind,
    PageSlug,
    Publisher,
    RelationKind,
    Stance,
    Topic,
)
from tests import factories as made


@dataclass
class World:
    claim: Claim
    prediction: Claim
    unlisted: Claim
    records: dict[str, Any]


def build(text: str = "") -> World:
    """`text` stands in every field that readers see and that holds free text."""
    count_anew()
    made.scale()
    desk = made.desk()
    made.PageFactory(slug=PageSlug.ABOUT, title=f"About us {text}", body=f"Who we are. {text}")
    made.PageFactory(slug=PageSlug.METHODOLOGY, title=f"How we work {text}", body=f"As follows. {text}")
    made.PageFactory(slug=PageSlug.CORRECTIONS_POLICY, title=f"How we correct {text}", body=f"Openly. {text}")
    paper = made.PublisherFactory(slug="paper", name=f"The Paper {text}", homepage="https://paper.example.org/")
    speaker = made.ClaimantFactory(slug="speaker", name=f"Speaker {text}", role=f"Analyst {text}")
    soldier = made.ClaimantFactory(slug="soldier", name=f"Soldier {text}", kind="unnamed-source", interest="party")
    topic = made.TopicFactory(slug="morale", name=f"Morale {text}")
    article = made.ArticleFactory(
        slug="report",
        publisher=paper,
        headline=f"Report {text}",
        byline=f"By line {text}",
        summary=f"Summary {text}",
        accessed_on=timezone.now().date(),
        archived_url="https://archive.example.org/report",
        text_sha256="0" * 64,
    )
    claim = made.ClaimFactory(
        slug="claim", text=f"Claim {text}", claimant=soldier, topics=[topic], context=f"Context {text}",
        selection_reason=f"Selection {text}", listed=True,
    )  # fmt: skip
    appearance = made.AppearanceFactory(
        claim=claim, article=article, paragraph=22, quote=f"Quote {text}", caveat=Caveat.NOT_VERIFIED,
        caveat_note=f"Caveat {text}", wording="attributed",
    )  # fmt: skip
    made.RelayFactory(appearance=appearance, by_claimant=soldier, note=f"Relay {text}")
    made.RelayFactory(appearance=appearance, by_claimant=None, by_publisher=paper, note=f"Earlier {text}")
    made.AppearanceFactory(
        claim=claim, article=None, address="https://posts.example.org/1?a=1&b=2", claimant=speaker, paragraph=None
    )

    prediction = made.PredictionFactory(
        slug="prediction", text=f"Prediction {text}", claimant=speaker, topics=[topic], listed=True,
        resolution=f"Resolution {text}",
    )  # fmt: skip
    passed_on = made.AppearanceFactory(claim=prediction, article=article, paragraph=23)
    made.RelayFactory(appearance=passed_on, by_claimant=soldier)
    made.ClaimRelationFactory(
        from_claim=prediction, kind=RelationKind.DEPENDS_ON, to_claim=claim, note=f"Relation {text}"
    )

    author, editor = made.UserFactory(public_name=f"Author {text}"), made.UserFactory(public_name=f"Editor {text}")
    reviewed = made.ClaimFactory(slug="reviewed", text=f"Reviewed {text}", claimant=speaker, listed=True)
    made.AppearanceFactory(claim=reviewed, article=article, paragraph=1)
    words = {
        "title": f"Title {text}", "summary": f"Sum {text}", "rationale": f"Rationale {text}",
        "how_to_check": f"How {text}", "origins_exception": f"Exception {text}",
        "no_reply_reason": f"Unasked {text}", "evidence_strength": "single-origin",
    }  # fmt: skip
    made.published_review(reviewed, author=author, editor=editor, **words)
    first = made.ReviewFactory(claim=reviewed, author=author, rating=made.rating("true"), **words)
    for stance in Stance:
        made.EvidenceFactory(
            review=first, stance=stance, title=f"Evidence {text}", source=f"Source {text}", origin=f"Origin {text}",
            excerpt=f"Excerpt {text}", archived_url="https://archive.example.org/evidence",
        )  # fmt: skip
    made.ReplyRequestFactory(
        review=first, asked_whom=f"Asked {text}", answered_at=timezone.now(), answer=f"Answer {text}"
    )
    made.submit(first)
    made.publish(first, editor)
    made.CorrectionFactory(
        claim=reviewed, review=first, note=f"Correction {text}", before=f"Before {text}", after=f"After {text}"
    )
    imported = made.ImportedReviewFactory(
        claim=reviewed, publisher__name=f"Other desk {text}", title=f"Import {text}", verdict=f"Verdict {text}",
        rating_value=f"Two {text}"[:100], claim_reviewed=f"As worded elsewhere {text}", claimant_reviewed=f"One {text}",
    )  # fmt: skip
    withdrawn = made.ClaimFactory(slug="withdrawn", text=f"Withdrawn {text}", claimant=None, listed=True)
    made.withdrawn_review(withdrawn, note=f"Withdrawal {text}", author=author, editor=editor)

    unlisted = made.ClaimFactory(slug="unlisted", text=f"Unlisted {text}", kind=ClaimKind.OPINION, listed=True)
    workflow.unlist_claim(unlisted, actor=made.SYSTEM, note=f"Why not {text}")
    unlisted.refresh_from_db()
    records = {
        "desk": desk, "paper": paper, "speaker": speaker, "soldier": soldier, "topic": topic, "article": article,
        "reviewed": reviewed, "review": first, "imported": imported, "author": author, "editor": editor,
        "appearance": appearance,
    }  # fmt: skip
    claim.refresh_from_db()
    return World(claim, prediction, unlisted, records)


def count_anew() -> None:
    """The first ids are free again: PostgreSQL goes on counting from test to test, beyond a sitemap’s first part."""
    for sql in connection.ops.sequence_reset_sql(no_style(), [Claim, Article, Claimant, Topic, Publisher]):
        with connection.cursor() as cursor:
            cursor.execute(sql)


TODAY = timezone.now().date().isoformat()

# Every public route, with addresses that show all of it. A route without an entry fails `tests.test_views_public`.
ADDRESSES: dict[str, list[str]] = {
    "front": ["/"],
    "claim-list": [
        "/claims/", "/claims/?status=unverified", "/claims/?basis=none", "/claims/?basis=reviewed",
        "/claims/?kind=fact", "/claims/?claimant=speaker", "/claims/?publisher=paper", "/claims/?topic=morale",
        "/claims/?article=report", "/claims/?caveat=none", "/claims/?caveat=disputed",
        "/claims/?made_from=2025-11&made_to=2025",
        "/claims/?kind=odd", "/claims/?claimant=nobody", "/claims/?topic=nothing", "/claims/?after=odd",
        "/claims/?sort=oldest", "/claims/?sort=made&kind=fact", "/claims/?sort=status&topic=morale",
        "/claims/?sort=odd", "/claims/?q=claim+OR+planted", "/claims/?q=claim&status=unverified", "/claims/?q=%00",
    ],
    "claim-detail": [
        "/claims/claim/", "/claims/prediction/", "/claims/reviewed/", "/claims/withdrawn/", "/claims/unlisted/",
        "/claims/planted/", "/claims/nothing/", f"/claims/claim/?as_of={TODAY}", f"/claims/reviewed/?as_of={TODAY}",
        f"/claims/unlisted/?as_of={TODAY}", f"/claims/planted/?as_of={TODAY}", "/claims/claim/?as_of=2020-01-01",
        "/claims/planted/?as_of=2020-01-01", "/claims/claim/?as_of=odd", "/claims/claim/?as_of=2999-01-01",
    ],
    "article-list": [
        "/articles/", "/articles/?after=odd", "/articles/?publisher=paper&language=en", "/articles/?publisher=odd",
        "/articles/?q=report+OR+planted", "/articles/?sort=published", "/articles/?sort=headline&language=en",
        "/articles/?sort=odd",
    ],
    "article-detail": [
        "/articles/report/", "/articles/planted/", f"/articles/report/?as_of={TODAY}",
        f"/articles/planted/?as_of={TODAY}", "/articles/report/?as_of=2020-01-01",
    ],
    "claimant-list": [
        "/claimants/", "/claimants/?interest=party&kind=unnamed-source", "/claimants/?kind=odd", "/claimants/?q=sp*",
        "/claimants/?sort=newest", "/claimants/?sort=odd",
    ],
    "claimant-detail": [
        "/claimants/speaker/", "/claimants/soldier/", "/claimants/planted/", f"/claimants/speaker/?as_of={TODAY}",
        f"/claimants/soldier/?as_of={TODAY}", f"/claimants/planted/?as_of={TODAY}",
        "/claimants/speaker/?as_of=2020-01-01",
    ],
    "topic-list": [
        "/topics/", "/topics/?after=odd", "/topics/?q=morale", "/topics/?q=planted", "/topics/?sort=newest",
        "/topics/?sort=odd",
    ],
    "topic-detail": [
        "/topics/morale/", "/topics/morale/?status=unverified&basis=reported", "/topics/morale/?kind=opinion",
        "/topics/morale/?publisher=paper&caveat=none", "/topics/morale/?claimant=nobody", "/topics/morale/?sort=made",
        "/topics/planted/",
        "/topics/nothing/",
    ],
    "publisher-list": [
        "/publishers/", "/publishers/?after=odd", "/publishers/?q=paper&country=GB", "/publishers/?q=planted",
        "/publishers/?country=odd", "/publishers/?sort=newest", "/publishers/?sort=odd",
    ],
    "publisher-detail": [
        "/publishers/paper/", "/publishers/paper/?topic=morale", "/publishers/paper/?kind=prediction&basis=none",
        "/publishers/paper/?basis=odd", "/publishers/paper/?sort=status",
        "/publishers/desk/", "/publishers/planted/", "/publishers/nothing/",
    ],
    "search": [
        "/search/", "/search/?q=claim", "/search/?q=claim+OR+report+OR+speaker+OR+planted", "/search/?q=title*",
        '/search/?q="reviewed"+-planted', "/search/?q=%22%28%00%27", "/search/?q=soldier",
    ],
    "correction-list": ["/corrections/", "/corrections/?after=odd"],
    "methodology": ["/methodology/"],
    "about": ["/about/"],
    "claim-embed": [
        "/claims/claim/embed/", "/claims/prediction/embed/", "/claims/reviewed/embed/", "/claims/withdrawn/embed/",
        "/claims/unlisted/embed/", "/claims/planted/embed/", "/claims/nothing/embed/",
    ],
    "oembed": [
        *[
            f"/oembed?url=http://testserver{path}"
            for path in ("/claims/reviewed/", "/claims/prediction/", "/claims/unlisted/", "/claims/planted/", "/")
        ],
        "/oembed", "/oembed?url=http://testserver/claims/claim/&maxwidth=200&maxheight=x",
        "/oembed?url=http://testserver/claims/claim/&format=xml",
    ],
    "claims-atom": [
        "/feeds/claims.atom", "/feeds/claims.atom?status=unverified", "/feeds/claims.atom?basis=reviewed",
        "/feeds/claims.atom?kind=fact", "/feeds/claims.atom?claimant=speaker", "/feeds/claims.atom?publisher=paper",
        "/feeds/claims.atom?topic=morale", "/feeds/claims.atom?article=report", "/feeds/claims.atom?caveat=none",
        "/feeds/claims.atom?made_from=2025-11&made_to=2025", "/feeds/claims.atom?topic=nothing",
        "/feeds/claims.atom?claimant=planted",
    ],
    "claims-json": [
        "/feeds/claims.json", "/feeds/claims.json?basis=none", "/feeds/claims.json?topic=morale",
        "/feeds/claims.json?article=report", "/feeds/claims.json?article=planted",
    ],
    "similar-claims": [
        "/api/v1/claims/similar?text=Claim+reviewed+planted&min_score=0", "/api/v1/claims/similar",
        "/api/v1/claims/similar?text=%00&limit=1", "/api/v1/claims/similar?text=claim&limit=odd",
    ],
    "reviews-atom": ["/feeds/reviews.atom"],
    "corrections-atom": ["/feeds/corrections.atom"],
    "sitemap": ["/sitemap.xml"],
    "sitemap-pages": ["/sitemap/pages.xml"],
    "sitemap-part": [
        "/sitemap/claims-0.xml", "/sitemap/articles-0.xml", "/sitemap/claimants-0.xml",
        "/sitemap/topics-0.xml", "/sitemap/publishers-0.xml", "/sitemap/claims-999.xml", "/sitemap/users-0.xml",
    ],
    "robots": ["/robots.txt"],
    "healthz": ["/healthz"],
    "readyz": ["/readyz"],
}  # fmt: skip

# What has no language, since programs read it.
MACHINE = {
    "oembed", "similar-claims", "claims-atom", "claims-json", "reviews-atom", "corrections-atom", "sitemap",
    "sitemap-pages", "sitemap-part", "robots", "healthz", "readyz",
}  # fmt: skip
UKRAINIAN = [f"/uk{addresses[0]}" for name, addresses in ADDRESSES.items() if name not in MACHINE]
EVERY = [*(address for addresses in ADDRESSES.values() for address in addresses), *UKRAINIAN]
