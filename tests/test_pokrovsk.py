"""The first real input: the article on the battle for Pokrovsk, as seed files hold it."""

import json
from collections import Counter

import pytest
from django.core.management import call_command
from django.urls import reverse

from factcheck.models import Appearance, Claim, Review
from tests.engines import PROJECT

SEEDS = PROJECT / "seeds"
DESERTIONS = "desertions-worst-around-pokrovsk"


@pytest.fixture(scope="module")
def pokrovsk():
    return json.loads((SEEDS / "pokrovsk.json").read_text(encoding="utf-8"))


def test_it_has_the_claims_of_all_who_speak(pokrovsk):
    claims = pokrovsk["claims"]
    speakers = Counter(place["claimant"] for claim in claims for place in claim["appearances"])

    assert 30 <= len(claims) <= 40
    assert {"mark-galeotti", "natia-seskuria", "christina-harward", "the-i-paper"} <= speakers.keys()
    assert all(claim["listed"] and claim["topics"] and claim["appearances"] for claim in claims)


def test_no_quote_has_more_than_six_words(pokrovsk):
    quotes = [place["quote"] for claim in pokrovsk["claims"] for place in claim["appearances"] if "quote" in place]

    assert quotes
    assert [quote for quote in quotes if len(quote.split()) > 6] == []


def test_every_prediction_says_what_would_count_as_fulfilled(pokrovsk):
    predictions = [claim for claim in pokrovsk["claims"] if claim["kind"] == "prediction"]

    assert predictions
    assert [claim["slug"] for claim in predictions if not claim.get("resolution")] == []
    assert any(claim.get("due_on") for claim in predictions)


def test_the_article_is_named_by_its_bytes_and_month(pokrovsk):
    [article] = pokrovsk["articles"]

    assert article["published_on"] == "2025-11"
    assert article["text_sha256"] == "08582ff24e3c96db93f25de9acdf2f6538263e9497cb718a79981f3b83ea70a5"


@pytest.mark.django_db
class TestLoaded:
    @pytest.fixture(autouse=True)
    def _loaded(self):
        call_command("loadseeds", SEEDS, verbosity=0)

    def test_nobody_has_reviewed_any_of_it(self, client):
        assert not Review.objects.exists()
        assert not Claim.objects.filter(status_basis="reviewed").exists()
        for claim in Claim.objects.all():
            page = client.get(claim.get_absolute_url()).content.decode()
            assert "Reviewed by us" not in page
            assert "reviewed" in page, "it says that nobody has"

    def test_the_status_filter_finds_the_desertion_claim(self, client):
        page = client.get(reverse("factcheck:claim-list"), {"status": "unverified"}).content.decode()

        assert f"/claims/{DESERTIONS}/" in page
        assert page.count('href="/claims/') == page.count(f'href="/claims/{DESERTIONS}/') + page.count(
            'href="/claims/"'
        )

    def test_its_page_shows_five_things_apart(self, client):
        page = client.get(reverse("factcheck:claim-detail", args=[DESERTIONS])).content.decode()

        place = Appearance.objects.get(claim__slug=DESERTIONS)
        assert place.paragraph == 22
        assert [str(relay.by) for relay in place.relays.all()] == [str(place.claimant), "The i Paper"]
        for words in (
            "Desertion is a worse problem around Pokrovsk than in any other battle.",
            "Unnamed Ukrainian soldier",
            "How it travelled",
            "Not independently verified",
            "Reported by The i Paper as not independently verified; not reviewed by us.",
        ):
            assert words in page
