from django.db import migrations

from factcheck import roles

# What this gives to a role that had it not, and what it takes.
GIVEN = {
    "Reviewer": ["add_to_public"],
    "Editor": ["add_to_public", "change_public"],
    "Administrator": ["delete_membership", "delete_directpermission"],
}
TAKEN = {
    "Researcher": ["delete_review", "change_articletext"],
    "Reviewer": ["delete_review", "change_articletext"],
    "Editor": ["delete_review", "change_articletext"],
}


def give(apps, schema_editor):
    roles.give_permissions(apps, schema_editor.connection.alias)


def give_back(apps, schema_editor):
    using = schema_editor.connection.alias
    permissions = apps.get_model("auth", "Permission").objects.using(using)
    for role in apps.get_model("auth", "Group").objects.using(using).filter(name__in=[*GIVEN, *TAKEN]):
        ours = permissions.filter(content_type__app_label="factcheck")
        role.permissions.remove(*ours.filter(codename__in=GIVEN.get(role.name, ())))
        role.permissions.add(*ours.filter(codename__in=TAKEN.get(role.name, ())))


class Migration(migrations.Migration):
    dependencies = [
        ("factcheck", "0005_edition_is_demo"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="claim",
            options={
                "base_manager_name": "objects",
                "ordering": ["-id"],
                "permissions": [
                    ("list_claim", "Can list and unlist claims"),
                    ("decline_claim", "Can decline claims"),
                    ("change_public", "Can change what readers see"),
                    ("add_to_public", "Can add appearances to claims that readers see"),
                ],
            },
        ),
        migrations.RunPython(give, give_back),
    ]
