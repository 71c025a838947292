"""In which language a text on a page is, and what a page says of numbers that were not counted to the end."""

from django import template
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from factcheck.views.paging import Count

register = template.Library()


@register.simple_tag
def lang(language: str = "") -> str | SafeString:
    """The attribute for a text that is in another language than its page.

    The desk's words that say none are in the site's first language.
    """
    language = language or settings.LANGUAGE_CODE
    return format_html(' lang="{}"', language) if language != get_language() else ""


@register.filter
def counted(number: int) -> Count:
    """How many there are, as far as that was counted."""
    return Count(number)
