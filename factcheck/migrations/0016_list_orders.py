"""Indexes for the other orders in which readers see articles, and for the reviews of one publisher."""

import django.db.models.functions.comparison
from django.db import migrations, models

from factcheck import triggers


class Migration(migrations.Migration):
    dependencies = [
        ("factcheck", "0015_search"),
    ]

    operations = [
        triggers.aside(),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(
                models.Func(
                    models.F("published_on"),
                    output_field=models.DateField(),
                    template="COALESCE(%(expressions)s, '0001-01-01')",
                ),
                models.F("id"),
                name="article_published_or_first",
            ),
        ),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(fields=["headline", "id"], name="article_headline"),
        ),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(
                models.F("publisher"),
                django.db.models.functions.comparison.Coalesce(
                    "published_at", "recorded_at", output_field=models.DateTimeField()
                ),
                models.F("id"),
                name="review_of_publisher",
            ),
        ),
        triggers.back(),
    ]
