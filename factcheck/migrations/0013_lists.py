"""Indexes for the orders in which readers see lists."""

import django.db.models.functions.comparison
from django.db import migrations, models

from factcheck import triggers


class Migration(migrations.Migration):
    dependencies = [
        ("factcheck", "0012_former_references"),
    ]

    operations = [
        triggers.aside(),
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(
                models.Func(
                    models.F("made_on"),
                    output_field=models.DateField(),
                    template="COALESCE(%(expressions)s, '0001-01-01')",
                ),
                models.F("id"),
                condition=models.Q(("listed_at__isnull", False)),
                name="claim_made_or_first",
            ),
        ),
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(
                django.db.models.functions.comparison.Coalesce(
                    "status_since", "listed_at", output_field=models.DateTimeField()
                ),
                models.F("id"),
                condition=models.Q(("listed_at__isnull", False)),
                name="claim_standing",
            ),
        ),
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(
                condition=models.Q(("due_on__isnull", False)), fields=["due_on", "id"], name="claim_due"
            ),
        ),
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(
                condition=models.Q(("unlisted_at__isnull", False)), fields=["unlisted_at", "id"], name="claim_unlisted"
            ),
        ),
        migrations.AddIndex(
            model_name="correction",
            index=models.Index(fields=["made_at", "id"], name="correction_made"),
        ),
        migrations.AddIndex(
            model_name="publisher",
            index=models.Index(fields=["name", "id"], name="publisher_name"),
        ),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(
                condition=models.Q(("published_at__isnull", False)),
                fields=["published_at", "id"],
                name="review_published",
            ),
        ),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(
                condition=models.Q(("withdrawn_at__isnull", False)),
                fields=["withdrawn_at", "id"],
                name="review_withdrawn",
            ),
        ),
        migrations.AddIndex(
            model_name="topic",
            index=models.Index(fields=["name", "id"], name="topic_name"),
        ),
        triggers.back(),
    ]
