"""Claims that nobody made: the same ones for the same seed, with words as unevenly common as those of a language."""

import random
from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

SEED = 20251114
VOCABULARY = 200_000
SYLLABLES = [c + v + e for c in "bdfgklmnprstvz" for v in "aeiou" for e in ("", "n", "r", "s", "l")]


def vocabulary() -> list[str]:
    """Words by how common they are, the most common first."""
    chance = random.Random(SEED)
    words: dict[str, None] = {}
    while len(words) < VOCABULARY:
        words["".join(chance.choices(SYLLABLES, k=chance.choice((2, 2, 3, 3, 4))))] = None
    return list(words)


@dataclass(frozen=True, slots=True)
class Generated:
    text: str
    title: str  # of a review, where there is one


class Generator:
    """The claim of a number is the same however many are asked for."""

    def __init__(self) -> None:
        self.words = vocabulary()
        self._cumulated = list(accumulate(1 / rank for rank in range(1, VOCABULARY + 1)))

    def word(self, chance: random.Random) -> str:
        """By Zipf's law."""
        return self.words[bisect(self._cumulated, chance.random() * self._cumulated[-1])]

    def claims(self, first: int, last: int) -> Iterator[Generated]:
        """Those with the numbers from `first` on and before `last`."""
        for number in range(first, last):
            chance = random.Random(SEED + number)
            words = [self.word(chance) for _ in range(chance.randint(8, 20))]
            text = f"{' '.join(words).capitalize()}."
            title = " ".join(chance.sample(words, 4)).capitalize() if number % 3 == 0 else ""
            yield Generated(text, title)

    def restated(self, number: int) -> str:
        """What somebody else makes of the claim: a third of its words lost, others added, in another order."""
        [claim] = self.claims(number, number + 1)
        chance = random.Random(-number)
        words = claim.text.rstrip(".").lower().split()
        kept = chance.sample(words, round(len(words) * 0.67)) + [self.word(chance) for _ in range(3)]
        chance.shuffle(kept)
        return f"{' '.join(kept)}!! https://example.org/{number} #{chance.choice(kept).capitalize()}"
