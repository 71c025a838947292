"""What search looks at. Only `factcheck.search` reads and writes these tables."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from factcheck.models.text import choice_rule


class Searched(models.IntegerChoices):
    """The kinds of record that have a search row."""

    CLAIM = 0, _("claim")
    ARTICLE = 1, _("article")
    CLAIMANT = 2, _("claimant")


class SearchRow(models.Model):
    """The folded words of a record: what it is called or says, and all else, each with the stems that differ from them.

    The id holds the record's own, its kind, and whether readers see it: `id_of`. So an index of words alone can leave
    out what nobody may see, and has the newest of a kind last.
    """

    id = models.BigIntegerField(_("id"), primary_key=True)
    kind = models.PositiveSmallIntegerField(_("kind"), choices=Searched)
    record_id = models.BigIntegerField(_("record id"))
    is_public = models.BooleanField(_("is public"))
    language = models.CharField(_("language"), max_length=35, blank=True)
    heading = models.TextField(_("heading"), blank=True)
    heading_stems = models.TextField(_("stems of the heading"), blank=True)
    body = models.TextField(_("body"), blank=True)
    body_stems = models.TextField(_("stems of the body"), blank=True)

    class Meta:
        verbose_name = _("search row")
        verbose_name_plural = _("search rows")
        constraints = [
            choice_rule("searchrow", "kind", Searched),
            models.UniqueConstraint(
                fields=["kind", "record_id"],
                name="searchrow_one_each",
                violation_error_message=_("This record has a search row already."),
            ),
            models.CheckConstraint(
                name="searchrow_id_says_what",
                condition=Q(is_public=True, id=F("record_id") * 8 + F("kind") * 2 + 1)
                | Q(is_public=False, id=F("record_id") * 8 + F("kind") * 2),
                violation_error_message=_(
                    "The id of a search row holds its record, its kind and whether it is public."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{Searched(self.kind).name.lower()} {self.record_id}"

    @staticmethod
    def id_of(kind: int, record_id: int, is_public: bool) -> int:
        return record_id * 8 + kind * 2 + is_public


class SearchVector(models.Model):
    """What a backend (SIMILARITY_BACKEND) keeps of a claim, beside its search row."""

    row = models.OneToOneField(
        SearchRow, on_delete=models.CASCADE, primary_key=True, related_name="vector_kept", verbose_name=_("search row")
    )
    backend = models.CharField(_("backend"), max_length=100)
    vector = models.BinaryField(_("vector"))

    class Meta:
        verbose_name = _("search vector")
        verbose_name_plural = _("search vectors")

    def __str__(self) -> str:
        return f"{self.backend} {self.row_id}"


class SearchWord(models.Model):
    """In the headings of how many public claims a stem stands; the empty word counts the claims."""

    word = models.CharField(_("word"), max_length=64, primary_key=True)
    claims = models.PositiveIntegerField(_("claims"))
    tokens = models.PositiveBigIntegerField(_("tokens"), default=0, help_text=_("Of the empty word: of all claims."))

    class Meta:
        verbose_name = _("search word")
        verbose_name_plural = _("search words")

    def __str__(self) -> str:
        return self.word
