"""A piece of a page that stands in it twice, such as its title."""

from html import unescape

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.text import Truncator

register = template.Library()


@register.simple_block_tag
def captured(content: str) -> str:
    """`{% captured as name %}…{% endcaptured %}`: what is between, escaped where it has to be."""
    return content


@register.filter
def shortened(captured: str, length: int) -> SafeString:
    """At most so many characters of what was captured; an escaped one counts as the one that it stands for."""
    return escape(Truncator(unescape(captured)).chars(length))
