"""The desk's scale."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from factcheck.models.history import TrackedQuerySet, Whole
from factcheck.models.scale import in_words
from factcheck.models.text import LineField, SlugField, TextField, choice_rule, slug_rules, text_rule


class RatingClass(models.TextChoices):
    TRUTH = "truth", _("Degree of truth")
    OUTCOME = "outcome", _("Outcome of a prediction")
    OPEN = "open", _("Open")


class Colour(models.TextChoices):
    """What the stylesheet knows. A status is never shown by its colour alone."""

    GREEN = "green", _("Green")
    LIME = "lime", _("Lime")
    AMBER = "amber", _("Amber")
    ORANGE = "orange", _("Orange")
    RED = "red", _("Red")
    BLUE = "blue", _("Blue")
    VIOLET = "violet", _("Violet")
    GREY = "grey", _("Grey")
    SLATE = "slate", _("Slate")


class RatingQuerySet(TrackedQuerySet):
    def public(self) -> "RatingQuerySet":
        """The whole scale is public."""
        return self.all()

    def in_force(self) -> "RatingQuerySet":
        return self.filter(retired_on__isnull=True)


class Rating(Whole):
    """One step of the desk's scale (schema.org `Rating`). Only degrees of truth have a number."""

    slug = SlugField(_("slug"))
    label = LineField(_("label"), max_length=60, help_text=_("The verdict as readers see it, such as Mostly false."))
    definition = TextField(
        _("definition"), help_text=_("What the rating means. Readers see it on the methodology page.")
    )
    position = models.PositiveSmallIntegerField(
        _("position"), validators=[MaxValueValidator(10_000)], help_text=_("The order in which the scale is shown.")
    )
    colour = models.CharField(_("colour"), max_length=10, choices=Colour, default=Colour.GREY)
    rating_class = models.CharField(_("class"), max_length=10, choices=RatingClass)
    value = models.PositiveSmallIntegerField(
        _("value"),
        null=True,
        blank=True,
        help_text=_("1 (false) to 5 (true), for degrees of truth only: unknown is not half true."),
    )
    retired_on = models.DateField(
        _("retired on"),
        null=True,
        blank=True,
        help_text=_("Not in force from this day on. Another rating may take its slug."),
    )

    objects = RatingQuerySet.as_manager()

    class Meta(Whole.Meta):
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        ordering = ["position", "id"]
        constraints = [
            *slug_rules("rating", where=Q(retired_on__isnull=True)),
            models.UniqueConstraint(
                fields=["slug", "retired_on"],
                name="rating_retired_slug_unique",
                violation_error_message=_("A rating of this slug was retired on that day already."),
            ),
            text_rule("rating", "label", _("Give the rating a label.")),
            text_rule("rating", "definition", _("Say what the rating means.")),
            choice_rule("rating", "colour", Colour),
            choice_rule("rating", "rating_class", RatingClass),
            models.CheckConstraint(
                name="rating_value_of_truth_alone",
                condition=Q(rating_class=RatingClass.TRUTH, value__gte=1, value__lte=5, value__isnull=False)
                | (~Q(rating_class=RatingClass.TRUTH) & Q(value__isnull=True)),
                violation_error_message=_("A degree of truth has a value from 1 to 5; no other rating has one."),
            ),
        ]

    def clean(self) -> None:
        if self.retired_on and self.retired_on > timezone.now().date():
            raise ValidationError(
                {"retired_on": _("A rating is retired today or earlier: nothing changes by itself later.")}
            )

    @property
    def word(self) -> str:
        """The label in the reader's language, where the catalogue has it: that of the scale that is shipped."""
        return in_words(self.label)

    @property
    def meaning(self) -> str:
        """The definition, likewise."""
        return in_words(self.definition)

    def __str__(self) -> str:
        if self.retired_on is None:
            return self.word
        return gettext("%(rating)s (until %(day)s)") % {"rating": self.word, "day": self.retired_on}
