import json

import django.db.models.deletion
from django.db import migrations, models

from factcheck import door


def look_back(apps, schema_editor):
    """What claims named before this table was: of all versions, since which of them readers saw makes no difference."""
    changes = apps.get_model("factcheck", "Change").objects.filter(whole_type="claim").exclude(before="null")
    claims = set(apps.get_model("factcheck", "Claim").objects.values_list("pk", flat=True))
    table = apps.get_model("factcheck", "FormerReference")
    for claim, before in changes.values_list("whole_id", "before").iterator():
        if claim in claims:
            door.remember(((claim, *one) for one in door.references(json.loads(before))), table)


class Migration(migrations.Migration):
    dependencies = [
        ("factcheck", "0011_corrections_stay"),
    ]

    operations = [
        migrations.CreateModel(
            name="FormerReference",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("record_type", models.CharField(max_length=40)),
                ("record_id", models.BigIntegerField()),
                (
                    "claim",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="factcheck.claim",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("record_type", "record_id", "claim"),
                        name="formerreference_unique",
                        violation_error_message="It is remembered already that this claim named this record.",
                    )
                ],
            },
        ),
        migrations.RunPython(look_back, migrations.RunPython.noop),
    ]
