"""A capture comes with its tool; the triggers that look at other records and keep what REPLACE would take are more."""

import django.db.models.functions.text
from django.core.management import CommandError
from django.db import migrations, models
from django.db.models import Exists, F, OuterRef, Q

from factcheck import triggers

NAMED = 20
TEXT = r"[^\u0001-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
CAPTURE = models.CheckConstraint(
    condition=models.Q(
        models.Q(
            ("capture", ""),
            ("capture_sha256", ""),
            ("capture_tool", ""),
            ("captured_at__isnull", True),
            ("captured_by__isnull", True),
        ),
        models.Q(
            (
                "capture",
                django.db.models.functions.text.Concat(
                    models.Value("captures/"),
                    models.Func(
                        "capture_sha256",
                        1,
                        2,
                        arg_joiner=",",
                        function="SUBSTR",
                        output_field=models.CharField(),
                    ),
                    models.Value("/"),
                    "capture_sha256",
                    output_field=models.CharField(),
                ),
            ),
            ("captured_at__isnull", False),
            ("captured_by__isnull", False),
            models.Q(("capture_sha256", ""), _negated=True),
            ("capture_tool__regex", TEXT),
        ),
        _connector="OR",
    ),
    name="evidence_capture_whole",
    violation_error_message="A capture is kept under its SHA-256, with when it was made, by whom and with what tool.",
)


def breaking(apps):
    """The records that the rules would not take as they are: a query of the names, and the words of the rule.

    A review that was superseded by none stays as it is: nobody could change it.
    """
    claim, correction, evidence, review = (
        apps.get_model("factcheck", name)._base_manager.order_by("pk")
        for name in ("claim", "correction", "evidence", "review")
    )
    was_published = review.filter(
        claim=OuterRef("pk"),
        origin="desk",
        state__in=["published", "superseded", "withdrawn"],
        published_at__lte=OuterRef("unlisted_at"),
    )
    return {
        "claim": (
            claim.filter(Exists(was_published), unlisted_at__isnull=False).exclude(unlisted_note__regex=TEXT),
            ("pk", "slug"),
            "We published a review of this claim: say in a public note why it is unlisted.",
        ),
        "correction": (
            correction.filter(review__isnull=False).exclude(review__claim=F("claim")),
            ("pk", "claim__slug"),
            "This is a review of another claim.",
        ),
        "evidence": (
            evidence.exclude(CAPTURE.condition),
            ("pk", "review__claim__slug", "title"),
            CAPTURE.violation_error_message,
        ),
        "review": (
            review.filter(Q(origin="desk", publisher__is_desk=False) | ~Q(origin="desk") & Q(publisher__is_desk=True)),
            ("pk", "claim__slug", "publisher__slug"),
            "Our reviews are the desk's; another publisher's review is imported.",
        ),
    }


def name_what_breaks(apps, schema_editor):
    """Raises CommandError naming the records that the rules below would not take: only people can change them."""
    found = [
        f"{kind} {' '.join(map(str, row))}: {message}"
        for kind, (rows, names, message) in breaking(apps).items()
        for row in rows.values_list(*names)
    ]
    if found:
        lines = [*found[:NAMED], *([f"… and {len(found) - NAMED:,} more."] if len(found) > NAMED else [])]
        raise CommandError("\n".join(["Change these at the desk of the release before, then migrate:", *lines]))


class Migration(migrations.Migration):
    dependencies = [
        ("factcheck", "0016_list_orders"),
    ]

    operations = [
        migrations.RunPython(name_what_breaks, migrations.RunPython.noop),
        triggers.aside(),
        migrations.RemoveConstraint(
            model_name="evidence",
            name="evidence_capture_whole",
        ),
        migrations.AddConstraint(
            model_name="evidence",
            constraint=CAPTURE,
        ),
        triggers.back(),
    ]
