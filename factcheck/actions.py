"""What the history says was done to a record: stored in English, read in the language of who reads it."""

from django.utils.translation import pgettext_lazy

# For every kind of record, and for one. Keys are stored, and stand in addresses.
ACTIONS = {
    "": {
        "created": pgettext_lazy("done to a record", "created"),
        "changed": pgettext_lazy("done to a record", "changed"),
        "deleted": pgettext_lazy("done to a record", "deleted"),
    },
    "claim": {
        "listed": pgettext_lazy("done to a record", "listed"),
        "unlisted": pgettext_lazy("done to a record", "unlisted"),
        "declined": pgettext_lazy("done to a record", "declined"),
        "reconsidered": pgettext_lazy("done to a record", "reconsidered"),
        "assigned": pgettext_lazy("done to a record", "assigned"),
        "reworded": pgettext_lazy("done to a record", "reworded"),
    },
    "review": {
        "started": pgettext_lazy("done to a record", "started"),
        "taken over": pgettext_lazy("done to a record", "taken over"),
        "submitted": pgettext_lazy("done to a record", "submitted"),
        "called back": pgettext_lazy("done to a record", "called back"),
        "returned": pgettext_lazy("done to a record", "returned"),
        "published": pgettext_lazy("done to a record", "published"),
        "superseded": pgettext_lazy("done to a record", "superseded"),
        "withdrawn": pgettext_lazy("done to a record", "withdrawn"),
        "discarded": pgettext_lazy("done to a record", "discarded"),
    },
    "correction": {
        "corrected": pgettext_lazy("done to a record", "corrected"),
    },
    "user": {
        "second factor set up": pgettext_lazy("done to a record", "second factor set up"),
        "second factor removed": pgettext_lazy("done to a record", "second factor removed"),
        "second factor reset": pgettext_lazy("done to a record", "second factor reset"),
    },
}  # fmt: skip
_WORDS = {action: words for some in ACTIONS.values() for action, words in some.items()}


def words(action: str) -> str:
    """An action as a person reads it; one that only an earlier release knew, as it is stored."""
    return str(_WORDS.get(action, action))
