"""The rows that search looks at, and each engine's index of their words."""

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

from factcheck.search import rows
from factcheck.search.engines import engine


def install(apps, schema_editor):
    engine().install(schema_editor)


def remove(apps, schema_editor):
    engine().remove(schema_editor)


def fill(apps, schema_editor):
    """An empty database has nothing to find: there, later models than this migration's are never asked."""
    if any(apps.get_model("factcheck", name).objects.exists() for name in ("Claim", "Article", "Claimant")):
        rows.rebuild()


class Migration(migrations.Migration):
    dependencies = [
        ("factcheck", "0014_words"),
    ]

    operations = [
        migrations.CreateModel(
            name="SearchWord",
            fields=[
                ("word", models.CharField(max_length=64, primary_key=True, serialize=False, verbose_name="word")),
                ("claims", models.PositiveIntegerField(verbose_name="claims")),
                (
                    "tokens",
                    models.PositiveBigIntegerField(
                        default=0, help_text="Of the empty word: of all claims.", verbose_name="tokens"
                    ),
                ),
            ],
            options={
                "verbose_name": "search word",
                "verbose_name_plural": "search words",
            },
        ),
        migrations.CreateModel(
            name="SearchRow",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False, verbose_name="id")),
                (
                    "kind",
                    models.PositiveSmallIntegerField(
                        choices=[(0, "claim"), (1, "article"), (2, "claimant")], verbose_name="kind"
                    ),
                ),
                ("record_id", models.BigIntegerField(verbose_name="record id")),
                ("is_public", models.BooleanField(verbose_name="is public")),
                ("language", models.CharField(blank=True, max_length=35, verbose_name="language")),
                ("heading", models.TextField(blank=True, verbose_name="heading")),
                ("heading_stems", models.TextField(blank=True, verbose_name="stems of the heading")),
                ("body", models.TextField(blank=True, verbose_name="body")),
                ("body_stems", models.TextField(blank=True, verbose_name="stems of the body")),
            ],
            options={
                "verbose_name": "search row",
                "verbose_name_plural": "search rows",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", [0, 1, 2])),
                        name="searchrow_kind_known",
                        violation_error_message="Choose one of: 0, 1, 2.",
                    ),
                    models.UniqueConstraint(
                        fields=("kind", "record_id"),
                        name="searchrow_one_each",
                        violation_error_message="This record has a search row already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                (
                                    "id",
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("record_id"), "*", models.Value(8)
                                            ),
                                            "+",
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("kind"), "*", models.Value(2)
                                            ),
                                        ),
                                        "+",
                                        models.Value(1),
                                    ),
                                ),
                                ("is_public", True),
                            ),
                            models.Q(
                                (
                                    "id",
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("record_id"), "*", models.Value(8)
                                        ),
                                        "+",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("kind"), "*", models.Value(2)
                                        ),
                                    ),
                                ),
                                ("is_public", False),
                            ),
                            _connector="OR",
                        ),
                        name="searchrow_id_says_what",
                        violation_error_message="The id of a search row holds its record, its kind and whether it is public.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SearchVector",
            fields=[
                (
                    "row",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="vector_kept",
                        serialize=False,
                        to="factcheck.searchrow",
                        verbose_name="search row",
                    ),
                ),
                ("backend", models.CharField(max_length=100, verbose_name="backend")),
                ("vector", models.BinaryField(verbose_name="vector")),
            ],
            options={
                "verbose_name": "search vector",
                "verbose_name_plural": "search vectors",
            },
        ),
        migrations.RunPython(install, remove),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
