"""The pages that the desk writes itself, and the scale."""

import nh3
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from markdown_it import MarkdownIt

from factcheck.models import Page, PageSlug, Rating, RatingClass
from factcheck.views.public import canonical, page, public_page

# No images: the policy of the site loads none from elsewhere.
MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
TAGS = {
    "a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "strong",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip


@public_page()
def about(request: HttpRequest) -> HttpResponse:
    return page(
        "factcheck/about.html",
        {"canonical": canonical(reverse("factcheck:about")), **text_of(PageSlug.ABOUT)},
    )


@public_page()
def methodology(request: HttpRequest) -> HttpResponse:
    ratings = list(Rating.objects.public())
    in_force = [rating for rating in ratings if rating.retired_on is None]
    context = {
        "section": "methodology",
        "canonical": canonical(reverse("factcheck:methodology")),
        "scale": [
            (rating_class.label, [rating for rating in in_force if rating.rating_class == rating_class])
            for rating_class in RatingClass
        ],
        "is_loaded": bool(in_force),
        "retired": [rating for rating in ratings if rating.retired_on is not None],
        **text_of(PageSlug.METHODOLOGY),
    }
    return page("factcheck/methodology.html", context)


def text_of(slug: PageSlug) -> dict[str, object]:
    text = Page.objects.in_language(slug, get_language() or settings.LANGUAGE_CODE)
    return {"text": text, "body": html(text.body) if text else ""}


def html(markdown: str) -> SafeString:
    """The text as HTML that may stand in a page: headings below its own, and nothing that runs or loads."""
    tokens = MARKDOWN.parse(markdown)
    for token in tokens:
        if token.tag == "h1":
            token.tag = "h2"
    rendered = MARKDOWN.renderer.render(tokens, MARKDOWN.options, {})
    return mark_safe(
        nh3.clean(
            rendered,
            tags=TAGS,
            attributes={"a": {"href", "title"}, "ol": {"start"}},
            url_schemes={"http", "https", "mailto"},
            link_rel="noopener",
        )
    )
