"""When readers last saw a claim change: for feeds, the sitemap and the front page."""

from django.db import migrations, models

from factcheck import triggers


class Migration(migrations.Migration):
    dependencies = [
        ("factcheck", "0017_more_rules"),
    ]

    operations = [
        triggers.aside(),
        migrations.AddField(
            model_name="claim",
            name="changed_at",
            field=models.DateTimeField(
                blank=True,
                editable=False,
                help_text=(
                    "When something of a listed claim or its places last changed that readers see; `door.py` sets it."
                ),
                null=True,
                verbose_name="changed at",
            ),
        ),
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(
                condition=models.Q(("changed_at__isnull", False)), fields=["changed_at", "id"], name="claim_changed"
            ),
        ),
        triggers.back(),
    ]
