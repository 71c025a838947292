"""What readers saw corrected stays: two triggers more."""

from django.db import migrations

from factcheck import triggers


def install(apps, schema_editor):
    triggers.install(schema_editor)


class Migration(migrations.Migration):
    dependencies = [
        ("factcheck", "0010_history_by_kind_and_action"),
    ]

    operations = [
        # before this one the code of that day made its own triggers, which are fewer
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
