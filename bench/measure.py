"""Fills one database step by step, and measures after each: run by `python -m bench`, once for each engine."""

import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db import connection, models, transaction
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from tqdm import tqdm

from bench.generator import SEED, Generator
from factcheck.filters import ClaimFilter
from factcheck.models import Claim, Origin, Publisher, Rating, Review, ReviewState, Searched, StatusBasis, User
from factcheck.planner import count_tables
from factcheck.search import rows
from factcheck.search.asking import MOST_TERMS, parse
from factcheck.search.finding import best, record_ids
from factcheck.search.similar import similar
from factcheck.views.cached import by_edition
from factcheck.views.claim_lists import NEWEST_FIRST

CHUNK = 5_000
BEGAN = datetime(2020, 1, 1, tzinfo=UTC)
RUNS = 60  # of each kind of query
DESK = Client(headers={"host": "localhost"})


def fill(generator: Generator, first: int, last: int) -> None:
    """As loads and the database's own care would leave them, but for their history: nothing here looks at it."""
    rating, _ = get(
        Rating, slug="false", label="False", definition="It is not so.", position=1, rating_class="truth", value=1
    )
    publisher, _ = get(Publisher, slug="others", name="Others")
    bar = tqdm(
        total=last - first, unit="claim", desc=connection.display_name, disable=None, leave=False, file=sys.stderr
    )
    claims = generator.claims(first, last)
    for start in range(first, last, CHUNK):
        with transaction.atomic():
            made = [next(claims) for _ in range(min(CHUNK, last - start))]
            listed = [BEGAN + timedelta(minutes=start + n) for n in range(len(made))]
            stored = [
                Claim(
                    id=start + n + 1, slug=f"claim-{start + n}", text=one.text, kind="fact", language="en",
                    listed_at=at if (start + n) % 10 else None, first_listed_at=at if (start + n) % 10 else None,
                    status=rating if (start + n) % 5 == 0 else None, status_since=at if (start + n) % 5 == 0 else None,
                    status_basis=StatusBasis.REPORTED if (start + n) % 5 == 0 else StatusBasis.NONE,
                )
                for n, (one, at) in enumerate(zip(made, listed, strict=True))
            ]  # fmt: skip
            insert(stored)
            insert(
                [
                    Review(
                        claim=claim,
                        origin=Origin.IMPORTED,
                        publisher=publisher,
                        title=one.title,
                        verdict="Wrong",
                        claim_reviewed=one.text,
                        state=ReviewState.PUBLISHED,
                        published_at=BEGAN,
                        language="en",
                        url=f"https://checks.example.org/{claim.pk}",
                    )
                    for claim, one in zip(stored, made, strict=True)
                    if one.title
                ]
            )
        bar.update(len(made))
    with transaction.atomic():
        rows.rebuild()
    bar.close()
    if connection.vendor == "postgresql":  # which it does by itself when it has a quiet minute
        with connection.cursor() as cursor:
            cursor.execute("VACUUM")
    count_tables()


def get[M: models.Model](model: type[M], slug: str, **fields: Any) -> tuple[M, bool]:
    found = model._base_manager.filter(slug=slug).first()
    return (found, False) if found else (insert([model(slug=slug, **fields)])[0], True)


def insert[M: models.Model](records: list[M]) -> list[M]:
    """Past the history, which refuses: this database is for measuring alone."""
    return models.QuerySet.bulk_create(models.QuerySet(type(records[0])), records, batch_size=1_000)


def queries(generator: Generator, size: int) -> dict[str, list[str]]:
    """Of each class as many, the same for every engine. Words of one claim, so that something is found."""
    chance = random.Random(SEED + size)
    sentences = [one.text.rstrip(".").lower().split() for _, one in picked(generator, size, chance)]
    known = {word: rank for rank, word in enumerate(generator.words)}
    return {
        "common": [generator.words[chance.randrange(20)] for _ in range(RUNS)],
        "rare": [max(words, key=known.__getitem__) for words in sentences],
        "two words": [" ".join(chance.sample(words, 2)) for words in sentences],
        "three words": [" ".join(chance.sample(words, 3)) for words in sentences],
        "beginning": [f"{words[0][:2]}*" for words in sentences],
        "phrase": [f'"{words[n]} {words[n + 1]}"' for words in sentences for n in [chance.randrange(len(words) - 1)]],
        "hostile": hostile(generator, chance),
    }


def hostile(generator: Generator, chance: random.Random) -> list[str]:
    """What somebody asks who wants the database to work: as many terms as are looked at, each in very many claims."""
    common = generator.words[:100]
    starts = sorted({word[:2] for word in generator.words})
    made = []
    for _ in range(3):
        words, begun = chance.sample(common, MOST_TERMS), [f"{start}*" for start in chance.sample(starts, MOST_TERMS)]
        made += [
            " OR ".join(begun[: MOST_TERMS // 2]),
            " ".join(begun),
            " OR ".join(words[: MOST_TERMS // 2]),
            f'"{" ".join(words)}"',
            f"{words[0]} -{' -'.join(begun[1:])}",
            " OR ".join(f'"{one} {other}"' for one, other in zip(words[::4], words[1::4], strict=True)),
        ]
    return made


def picked(generator: Generator, size: int, chance: random.Random) -> Iterator[tuple[int, Any]]:
    for number in sorted(chance.sample(range(size), RUNS)):
        yield number, next(generator.claims(number, number + 1))


def search(words: str) -> None:
    query = parse(words)
    best(Searched.CLAIM, query, public=True, limit=10)
    record_ids(Searched.CLAIM, query, public=True)


def listed(words: str, **narrowed: str) -> None:
    """What the list's box does, but for what is remembered: what can be chosen, and the numbers beside it."""
    data = QueryDict(urlencode({"q": words, **narrowed}))
    filters = ClaimFilter(data, Claim.objects.for_list_page(), remember=by_edition)
    assert not filters.problems and filters.found is not None, filters.problems
    NEWEST_FIRST.rows(filters.rows, None)


def admin(words: str) -> None:
    """The whole page, as a signed-in person gets it."""
    response = DESK.get(reverse("admin:factcheck_claim_changelist"), {"q": words})
    assert response.status_code == 200, response.status_code


def plain_admin(_: str) -> None:
    response = DESK.get(reverse("admin:factcheck_claim_changelist"))
    assert response.status_code == 200, response.status_code


def with_status(words: str) -> None:
    listed(words, basis=StatusBasis.REPORTED)


def timed(run: Callable[[str], Any], texts: list[str]) -> dict[str, float]:
    """Milliseconds. Each query is asked once: what a cache of pages would spare is not what is measured."""
    took = []
    for text in texts:
        began = time.perf_counter()
        run(text)
        took.append((time.perf_counter() - began) * 1000)
    return {"p50": statistics.median(took), "p95": statistics.quantiles(took, n=20)[-1]}


def index_bytes() -> int:
    """What search takes of the database, rows included."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT pg_total_relation_size('factcheck_searchrow') + pg_total_relation_size('factcheck_searchword')"
            )
        else:
            cursor.execute(
                "SELECT SUM(pgsize) FROM dbstat WHERE name LIKE 'factcheck_search%' OR name LIKE 'searchrow%'"
            )
        [size] = cursor.fetchone()
    return int(size)


def measured(generator: Generator, size: int) -> dict[str, Any]:
    texts = queries(generator, size)
    chance = random.Random(SEED - size)
    restated = [
        (number + 1, generator.restated(number)) for number, _ in picked(generator, size, chance) if number % 10
    ]
    found: dict[str, Any] = {"size": size, "plain admin list": timed(plain_admin, [""] * RUNS)}
    for how, run in (("search", search), ("list", listed), ("list with a status", with_status), ("admin", admin)):
        for name, words in texts.items():
            found[f"{how}: {name}"] = timed(run, words)
    found["similar"] = timed(similar, [text for _, text in restated])
    hits = sum(pk in [one.claim_id for one in similar(text, limit=5)] for pk, text in restated)
    found["recall of restated claims, first five"] = hits / len(restated)
    return found


def main(*sizes: int) -> None:
    """Of each size prints what it took to fill, waits for a line, prints the figures, and waits for another."""
    generator = Generator()
    person = User._base_manager.filter(username="bench").first()
    DESK.force_login(person or insert([User(username="bench", is_staff=True, is_superuser=True)])[0])
    had = 0
    for size in sizes:
        began = time.perf_counter()
        fill(generator, had, size)
        filled = {"filled in seconds": time.perf_counter() - began, "index in megabytes": index_bytes() / 1e6}
        print(json.dumps(filled), flush=True)
        input()
        print(json.dumps(measured(generator, size) | filled), flush=True)
        input()
        had = size
