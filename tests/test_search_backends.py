"""The seam for another matcher: what it keeps, what it adds, and how its score is blended with ours."""

import hashlib

import pytest
from django.core.management import call_command

from factcheck.checks import similarity_backend_is_there
from factcheck.models import SearchVector
from factcheck.search import backends
from factcheck.search.backends import SimilarityBackend
from factcheck.search.similar import similar
from tests import factories as made

pytestmark = pytest.mark.django_db


class ByLength(SimilarityBackend):
    """Keeps how long a text is, and finds alike what is as long; of a text without a vowel it keeps nothing."""

    name = "by-length"
    share = 0.9
    batches: list[int] = []

    def kept(self, texts):
        self.batches.append(len(texts))
        return [str(len(text)).encode() if set(text) & set("aeiou") else None for text in texts]

    def scores(self, text, kept):
        return [1 / (1 + abs(len(text) - int(one))) for one in kept]


class ByDigest(ByLength):
    name = "by-digest"

    def kept(self, texts):
        return [hashlib.sha256(text.encode()).digest() for text in texts]

    def scores(self, text, kept):
        return [float(hashlib.sha256(text.encode()).digest() == one) for one in kept]


class Naming(SimilarityBackend):
    """Names claims that share no word with the text."""

    name = "naming"
    share = 1.0
    named: list[int] = []

    def kept(self, texts):
        return [b"x"] * len(texts)

    def scores(self, text, kept):
        return [0.75] * len(kept)

    def candidates(self, text, *, public, limit):
        return self.named


class Broken(SimilarityBackend):
    def __init__(self):
        raise KeyError


class NoBackend:
    name = "no"


@pytest.fixture
def use(settings):
    def use(backend):
        settings.SIMILARITY_BACKEND = f"{__name__}.{backend.__name__}"

    backends._made.cache_clear()
    yield use
    backends._made.cache_clear()


def kept() -> dict[str, bytes]:
    return {row.backend: bytes(row.vector) for row in SearchVector.objects.all()}


def test_without_one_nothing_is_kept():
    made.ClaimFactory()
    assert backends.chosen() is None
    assert kept() == {}


def test_what_it_keeps_of_a_claim_stands_beside_its_row_and_follows_it(use):
    use(ByLength)
    claim = made.ClaimFactory(text="A harbour")
    assert kept() == {"by-length": b"9"}

    made.change(claim, text="A harbours")
    assert kept() == {"by-length": b"10"}
    made.change(claim, text="xyz")
    assert kept() == {}
    made.change(claim, text="A harbour")
    made.published_review(claim, title="xyz")
    assert kept() == {"by-length": b"13"}

    call_command("rebuildsearch", verbosity=0)
    assert kept() == {"by-length": b"13"}


def test_texts_come_in_batches(use):
    for _ in range(3):
        made.ClaimFactory()
    use(ByLength)
    ByLength.batches.clear()

    call_command("rebuildsearch", verbosity=0)

    assert ByLength.batches == [3]
    assert SearchVector.objects.count() == 3


def test_its_score_is_blended_with_ours(use):
    near = made.ClaimFactory(text="harbour closed today", listed=True)
    same = made.ClaimFactory(text="harbour x", listed=True)
    ours = {one.claim_id: one.score for one in similar("harbour closed")}
    assert ours[near.pk] > ours[same.pk]

    use(ByLength)
    call_command("rebuildsearch", verbosity=0)
    blended = {one.claim_id: one.score for one in similar("harbour closed")}

    length = len("harbour closed")
    for claim in (near, same):
        theirs = 1 / (1 + abs(length - len(claim.text)))
        assert blended[claim.pk] == pytest.approx(0.1 * ours[claim.pk] + 0.9 * theirs)


def test_a_claim_of_which_it_keeps_nothing_has_nothing_from_it(use):
    claim = made.ClaimFactory(text="harbour", listed=True)
    [ours] = similar("harbour")
    use(ByLength)

    [blended] = similar("harbour")

    assert (blended.claim_id, blended.score) == (claim.pk, pytest.approx(0.1 * ours.score))


def test_what_another_backend_kept_is_not_used(use):
    use(ByLength)
    made.ClaimFactory(text="harbour", listed=True)
    use(ByDigest)

    [found] = similar("harbour")
    assert found.score < 0.5
    call_command("rebuildsearch", verbosity=0)
    [found] = similar("harbour")
    assert found.score > 0.9


def test_it_may_name_claims_that_share_no_word_and_readers_see_the_public_ones(use):
    use(Naming)
    public = made.ClaimFactory(text="A ferry", listed=True)
    private = made.ClaimFactory(text="A boat")
    Naming.named = [public.pk, private.pk, 10**9]

    assert [(one.claim_id, one.score, one.matched) for one in similar("harbour")] == [(public.pk, 0.75, [])]
    assert {one.claim_id for one in similar("harbour", public=False)} == {public.pk, private.pk}


def test_a_setting_that_names_none_says_so(use):
    assert similarity_backend_is_there(None) == []
    use(ByLength)
    assert similarity_backend_is_there(None) == []

    use(NoBackend)
    with pytest.raises(TypeError, match="is no SimilarityBackend with a name and a share from 0 to 1"):
        backends.chosen()
    [error] = similarity_backend_is_there(None)
    assert (error.id, "NoBackend is no SimilarityBackend" in error.msg) == ("factcheck.E005", True)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("nope.x", "No module named 'nope'"),
        ("nope", "nope doesn't look like a module path"),
        ("os.path.join", "missing 1 required positional argument"),
        (f"{__name__}.Broken", "KeyError"),
    ],
)
def test_a_setting_that_leads_nowhere_stops_the_start(settings, path, why):
    settings.SIMILARITY_BACKEND = path

    [error] = similarity_backend_is_there(None)

    assert error.msg.startswith(f"SIMILARITY_BACKEND, {path}, cannot be used: ")
    assert why in error.msg
