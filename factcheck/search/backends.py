"""The seam for a better matcher than words: SIMILARITY_BACKEND names a class by its dotted path.

The class is a `SimilarityBackend` with any of its methods of its own, made once without arguments. It is given batches
of texts and answers with what it wants to keep of each (an embedding, say), which stands beside the search row and goes
with it; later it is given a text with what was kept of some claims, and answers how like they are. It may name claims
that share no word with the text. `rebuildsearch` makes anew what it keeps; so does a change of a claim.
"""

from collections.abc import Iterable, Sequence
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string


class SimilarityBackend:
    name = ""  # of what is kept: what another name kept is not used
    share = 0.5  # of its score in the score of a claim, from 0 to 1; the rest is ours

    def kept(self, texts: Sequence[str]) -> Sequence[bytes | None]:
        """What to keep of each of these texts (a claim with the titles of its reviews); None for nothing."""
        return [None] * len(texts)

    def scores(self, text: str, kept: Sequence[bytes]) -> Sequence[float]:
        """How like the text each of these is, from 0 to 1."""
        return [0.0] * len(kept)

    def candidates(self, text: str, *, public: bool, limit: int) -> Iterable[int]:
        """Ids of claims to score beside those found by their words. Private ones are left out for readers anyway."""
        return ()


def chosen() -> SimilarityBackend | None:
    """The backend of the settings. Raises ImportError or TypeError where they name none."""
    path = settings.SIMILARITY_BACKEND
    return _made(path) if path else None


@cache
def _made(path: str) -> SimilarityBackend:
    backend = import_string(path)()
    if not isinstance(backend, SimilarityBackend) or not backend.name or not 0 <= backend.share <= 1:
        raise TypeError(f"SIMILARITY_BACKEND: {path} is no SimilarityBackend with a name and a share from 0 to 1.")
    return backend
