"""The desk's scale."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from factcheck.models.history import TrackedQuerySet, Whole
from factcheck.models.text import LineField, SlugField, TextField, choice_rule, slug_rules, text_rule


class RatingClass(models.TextChoices):
    TRUTH = "truth", "Degree of truth"
    OUTCOME = "outcome", "Outcome of a prediction"
    OPEN = "open", "Open"


class Colour(models.TextChoices):
    """What the stylesheet knows. A status is never shown by its colour alone."""

    GREEN = "green", "Green"
    LIME = "lime", "Lime"
    AMBER = "amber", "Amber"
    ORANGE = "orange", "Orange"
    RED = "red", "Red"
    BLUE = "blue", "Blue"
    VIOLET = "violet", "Violet"
    GREY = "grey", "Grey"
    SLATE = "slate", "Slate"


class RatingQuerySet(TrackedQuerySet):
    def public(self) -> "RatingQuerySet":
        """The whole scale is public."""
        return self.all()

    def in_force(self) -> "RatingQuerySet":
        return self.filter(retired_on__isnull=True)


class Rating(Whole):
    """One step of the desk's scale (schema.org `Rating`). Only degrees of truth have a number."""

    slug = SlugField()
    label = LineField(max_length=60, help_text="The verdict as readers see it, such as Mostly false.")
    definition = TextField(help_text="What the rating means. Readers see it on the methodology page.")
    position = models.PositiveSmallIntegerField(
        validators=[MaxValueValidator(10_000)], help_text="The order in which the scale is shown."
    )
    colour = models.CharField(max_length=10, choices=Colour, default=Colour.GREY)
    rating_class = models.CharField("class", max_length=10, choices=RatingClass)
    value = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="1 (false) to 5 (true), for degrees of truth only: unknown is not half true.",
    )
    retired_on = models.DateField(
        null=True, blank=True, help_text="Not in force from this day on. Another rating may take its slug."
    )

    objects = RatingQuerySet.as_manager()

    class Meta(Whole.Meta):
        ordering = ["position", "id"]
        constraints = [
            *slug_rules("rating", where=Q(retired_on__isnull=True)),
            models.UniqueConstraint(
                fields=["slug", "retired_on"],
                name="rating_retired_slug_unique",
                violation_error_message="A rating of this slug was retired on that day already.",
            ),
            text_rule("rating", "label", "Give the rating a label."),
            text_rule("rating", "definition", "Say what the rating means."),
            choice_rule("rating", "colour", Colour),
            choice_rule("rating", "rating_class", RatingClass),
            models.CheckConstraint(
                name="rating_value_of_truth_alone",
                condition=Q(rating_class=RatingClass.TRUTH, value__gte=1, value__lte=5, value__isnull=False)
                | (~Q(rating_class=RatingClass.TRUTH) & Q(value__isnull=True)),
                violation_error_message="A degree of truth has a value from 1 to 5; no other rating has one.",
            ),
        ]

    def clean(self) -> None:
        if self.retired_on and self.retired_on > timezone.now().date():
            raise ValidationError(
                {"retired_on": "A rating is retired today or earlier: nothing changes by itself later."}
            )

    @property
    def word(self) -> str:
        return gettext(self.label) if self.label else ""

    @property
    def meaning(self) -> str:
        return gettext(self.definition) if self.definition else ""

    def __str__(self) -> str:
        return self.label if self.retired_on is None else f"{self.label} (until {self.retired_on})"
