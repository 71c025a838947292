"""What counts as a word. The one folding of rows and of queries, the same on both engines.

A token is a run of letters or a run of digits, in lower case: "F-16", "F16" and "f 16" are the same two tokens. Latin
letters lose their accents, those of other scripts stay apart. Where no spaces part words, each character is a token.
Tokens are made so that neither engine's own parser takes them apart or changes them.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from snowballstemmer import stemmer

LONGEST = 64  # characters of a token; what is longer is no word, and PostgreSQL keeps none beyond 2,046 bytes

BREAK = "zzbreakzz"  # between two texts, so that no phrase begins in one and ends in the next

# Letters of the Latin script that are no letter with an accent.
LATIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ŧ": "t", "æ": "ae", "œ": "oe"})
APOSTROPHES = re.compile(r"(?<=\w)['’ʼ‘`´](?=\w)")  # inside a word, also those of Ukrainian
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
IN_ASCII = re.compile(r"[a-z]+|[0-9]+")
# Chinese characters and kana, Thai, Lao, Burmese and Khmer are written without spaces.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
LETTER = rf"(?![{UNSPACED}])[^\W\d_]"
SIGN = "[\u0900-\u0dff]"  # of India's scripts: vowels and joins, which are no letters to Python
IN_ANY = re.compile(rf"[{UNSPACED}]|\d+|{LETTER}(?:{LETTER}|{SIGN})*")
VOWEL_POINTS = re.compile("[\u0591-\u05bd\u05bf\u05c1-\u05c7\u064b-\u065f\u0670]")  # of Hebrew and Arabic

_english = stemmer("english")


def fold(text: str) -> str:
    """In lower case, Latin letters without accents, and without what parts a word or a number in its middle."""
    if not text.isascii():
        text = VOWEL_POINTS.sub("", APOSTROPHES.sub("", text))
        text = "".join(_folded(character) for character in unicodedata.normalize("NFKC", text))
        return THOUSANDS.sub("", text)
    return THOUSANDS.sub("", APOSTROPHES.sub("", text)).lower()


@lru_cache(maxsize=10_000)
def _folded(character: str) -> str:
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    lower = character.casefold().lower()  # the case fold of Cherokee is in capitals, which PostgreSQL would lower
    base, *marks = list(unicodedata.normalize("NFD", lower))
    if "a" <= base <= "z" and all(map(unicodedata.combining, marks)):
        return base
    return lower.translate(LATIN)


def tokens(text: str) -> list[str]:
    """The words of a text in their order, folded."""
    folded = fold(text)
    found = (IN_ASCII if folded.isascii() else IN_ANY).findall(folded)
    return [token[:LONGEST] for token in found]


@lru_cache(maxsize=200_000)
def stem(token: str) -> str:
    """What English forms of a word share; a word of another script is its own stem."""
    return str(_english.stemWord(token)) if token.isascii() and not token.isdigit() else token


def stems(found: Iterable[str]) -> list[str]:
    """The stems that are not among the words themselves, in a fixed order."""
    words = set(found)
    return sorted({stem(word) for word in words} - words)


# Words that say nothing about what a text is about, as `tokens` gives them.
_STOPPED = """
a about above after again against all also am an and any are arent as at be because been before being below between
both but by can cannot cant could couldnt did didnt do does doesnt doing dont down during each even ever every few
for from further get gets getting go goes going gonna got had has hasnt have havent having he her here heres hers
herself hes him himself his how however i id if ill im in into is isnt it its itself ive just let lets like ll me
more most much my myself no nor not now of off on once one only or other our ours ourselves out over own please
rather re really s said same say says she shes should shouldnt so some such t than that thats the their theirs them
themselves then there theres these they theyre theyve thing things this those through to too under until up upon us
ve very via was wasnt we were werent weve what whats when where which while who whom whose why will with within
without wont would wouldnt y yes yet you your youre yours yourself yourselves youve amp rt
а або але без би був була були було в вам вас ваш весь ви від він вона вони все всі вже для до є ж же з за зі
й його йому і із їй її їм їх коли ми мене може на над нам нас наш не немає ним них ні ніж о об один під по при про
разом саме се себе та так такий також там те ти тим то той тому тут у уже хто це цей ці ця через чи що щоб як яка
який яких якщо я
бы был была были было вас весь во вот все всего вы где да для до его ее если еще же за здесь и из или им их к как
когда который которые кто ли либо меня мне мы на над нам нас наш не него нее нет ни них но ну о об однако он она они
оно от очень по под при про с со так также такой там те тем то того тоже той только том ты у уже хотя чего чей чем
что чтобы эта эти это этот я
"""
STOP_WORDS = frozenset(_STOPPED.split())
