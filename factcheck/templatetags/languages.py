"""In which language a text on a page is, and what a page says of numbers that were not counted to the end."""

from django import template
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from factcheck.models.scale import label_in_words, language_of
from factcheck.views.paging import Count

register = template.Library()


@register.simple_tag
def lang(language: str = "") -> str | SafeString:
    """The attribute for a text that is in another language than its page.

    The desk's words that say none are in the site's first language.
    """
    language = language or settings.LANGUAGE_CODE
    return format_html(' lang="{}"', language) if language != get_language() else ""


@register.simple_tag
def lang_of_word(label: str) -> str | SafeString:
    """The attribute for a rating in words: that of the scale which is shipped is in the language of the page."""
    return lang(language_of(label))


@register.filter
def in_words(text: str) -> str:
    """In the language of the page where it is a label of the scale that is shipped, and else as it stands."""
    return label_in_words(text)


@register.filter
def counted(number: int) -> Count:
    """How many there are, as far as that was counted."""
    return Count(number)
