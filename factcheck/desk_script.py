"""The desk's script. Every word that it shows, it finds as a data attribute of its own element."""

from django.forms import Script
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

# The script names them in camel case. {when} is put in there.
WORDS = {
    "back-to-save": _("What you typed on {when} is back. Save it, or discard it."),
    "back-to-use": _("What you typed on {when} is back. Use it, or discard it."),
    "kept": _("What you typed on {when} is kept, and this record was saved since. Compare the two, or discard it."),
    "compare": _("Compare and merge"),
    "discard": pgettext_lazy("what was typed", "Discard"),
    "save": _("Save"),
    "continue": _("Save and continue editing"),
    "save-next": _("Save and next in the queue"),
    "next": _("Next in the queue"),
    "search": _("Jump to search"),
    "show-keys": _("Show the keys"),
    "keys": _("Keys"),
    "about-keys": _("Cmd is as good as Ctrl. While you type in a field, only keys with Ctrl are taken."),
    "single-keys": _("Take keys without Ctrl, too"),
    "close": _("Close"),
    "record": _("Record"),
    "search-box": _("Search"),
}
SCRIPT = Script("factcheck/desk.js", **{f"data-{name}": words for name, words in WORDS.items()})
