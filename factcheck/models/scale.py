"""The words of the scale that is shipped (seeds/scale.json), so that readers of another language get them in theirs.

A rating that the desk made itself, or worded anew, reads as the desk wrote it.
"""

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _

SEEDED = (
    (
        _("True"),
        _(
            "The evidence supports the claim as worded. Nothing that a reader would need in order to "
            "judge it fairly has been left out."
        ),
    ),
    (
        _("Mostly true"),
        _(
            "The main point of the claim holds. A detail is inaccurate, or an explanation is missing that "
            "does not change the main point."
        ),
    ),
    (
        _("Half true"),
        _(
            "Part of the claim is shown to be right and another part of comparable weight is shown to be "
            "wrong. It is never used because something is unknown."
        ),
    ),
    (
        _("Mostly false"),
        _("The claim contains something accurate, but its main point does not hold against the evidence."),
    ),
    (
        _("False"),
        _(
            "The evidence contradicts the claim as worded. This takes evidence against the claim; a lack "
            "of evidence for it is not enough."
        ),
    ),
    (
        _("Fulfilled"),
        _(
            "What was predicted has happened, measured by the rule that was written down beforehand. For "
            "predictions only."
        ),
    ),
    (
        _("Partly fulfilled"),
        _(
            "Some of what was predicted has happened and some has not, measured by the rule that was "
            "written down beforehand. For predictions only."
        ),
    ),
    (
        _("Not fulfilled"),
        _(
            "What was predicted did not happen in the time allowed by the rule that was written down "
            "beforehand. This says nothing about whether it was a reasonable expectation when it was "
            "made. For predictions only."
        ),
    ),
    (
        _("Unverified"),
        _(
            "The evidence available does not settle the claim either way. It may turn out to be right or "
            "wrong, and it is not half true."
        ),
    ),
    (
        _("Disputed"),
        _(
            "Sources with good access to the facts contradict each other, and the evidence does not show "
            "which of them is right."
        ),
    ),
    (
        _("Misleading context"),
        _(
            "The material or the words may be genuine, but they are presented with a place, time, "
            "comparison or omission that leads to a wrong conclusion."
        ),
    ),
    (
        _("Not checkable"),
        _(
            "The claim cannot be tested against evidence, for instance because it is a matter of taste or "
            "belief, or because the condition it rests on never came about."
        ),
    ),
    (
        _("Too early"),
        _(
            "The claim can be tested, but not yet: the events or the records that would decide it do not "
            "exist so far. It will be looked at again."
        ),
    ),
)

LABELS = frozenset(str(label) for label, _definition in SEEDED)
SHIPPED = LABELS | {str(definition) for _label, definition in SEEDED}


def in_words(text: str) -> str:
    """A label or definition in the reader's language, where the catalogue has it."""
    return gettext(text) if text in SHIPPED else text


def language_of(label: str) -> str:
    """That in which `in_words` gives a label: the reader's, or none where the desk worded it."""
    return get_language() or "" if label in LABELS else ""


def label_in_words(text: str) -> str:
    """A text that may be a label of the scale that is shipped, or be anything else: only the label is translated."""
    return in_words(text) if text in LABELS else text
