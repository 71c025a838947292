"""What readers call a language."""

from django.utils.translation import get_language_info


def language_name(tag: str) -> str:
    """In the language of the page, as Django says it; with the tag where that says more, or where Django knows none."""
    try:
        info = get_language_info(tag.lower())
    except KeyError:
        return tag
    name = str(info["name_translated"])
    return name if info["code"] == tag.lower() else f"{name} ({tag})"
