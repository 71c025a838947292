"""How good the similar claims are: on what people might make of the seeds' claims, and on what nobody claimed there."""

import json
from pathlib import Path

from factcheck.models import Claim
from factcheck.search.similar import THRESHOLD, similar

HERE = Path(__file__).parent


def main() -> None:
    """Prints the figures as JSON; the seeds have to be loaded."""
    slugs = dict(Claim.objects.values_list("pk", "slug"))
    pairs = [line.split("\t") for line in (HERE / "paraphrases.tsv").read_text().splitlines()]
    unrelated = (HERE / "unrelated.txt").read_text().splitlines()
    ranks, above = [], 0
    for slug, text in pairs:
        found = similar(text, limit=5)
        names = [slugs[one.claim_id] for one in found]
        ranks.append(names.index(slug) + 1 if slug in names else 0)
        above += any(slugs[one.claim_id] == slug and one.score >= THRESHOLD for one in found)
    false = sum(bool(similar(text, limit=1, min_score=THRESHOLD)) for text in unrelated)
    figures = {
        "MAP@5": sum(1 / rank for rank in ranks if rank) / len(ranks),
        "hit@5": sum(map(bool, ranks)) / len(ranks),
        f"found above the threshold of {THRESHOLD}": above / len(pairs),
        "unrelated texts above it": false / len(unrelated),
    }
    print(json.dumps(figures))
