from django.core.management import CommandError
from django.db import migrations, models

import factcheck.models.text
from factcheck import triggers

NAMED = 20


def name_what_breaks(apps, schema_editor):
    """Raises CommandError naming the records that the rules below would not take: only people can change them."""
    found = []
    for operation in Migration.operations:
        if isinstance(operation, migrations.AddConstraint):
            kind, rule = operation.model_name, operation.constraint
            model = apps.get_model("factcheck", kind)
            names = ["pk", *(field.name for field in model._meta.fields if field.name == "slug")]
            for row in model._base_manager.exclude(rule.condition).order_by("pk").values_list(*names):
                found.append(f"{kind} {' '.join(map(str, row))}: {rule.violation_error_message}")
    if found:
        lines = [*found[:NAMED], *([f"… and {len(found) - NAMED:,} more."] if len(found) > NAMED else [])]
        raise CommandError("\n".join(["Change these at the desk of the release before, then migrate:", *lines]))


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("factcheck", "0002_triggers_and_roles"),
    ]

    operations = [
        migrations.RunPython(name_what_breaks, migrations.RunPython.noop),
        triggers.aside(),
        migrations.RemoveConstraint(
            model_name="change",
            name="change_actor_named",
        ),
        migrations.RemoveConstraint(
            model_name="claim",
            name="claim_text_given",
        ),
        migrations.RemoveConstraint(
            model_name="correction",
            name="correction_note_given",
        ),
        migrations.RemoveConstraint(
            model_name="evidence",
            name="evidence_title_given",
        ),
        migrations.RemoveConstraint(
            model_name="replyrequest",
            name="replyrequest_whom_given",
        ),
        migrations.RemoveConstraint(
            model_name="review",
            name="review_submitted_complete",
        ),
        migrations.RemoveConstraint(
            model_name="review",
            name="review_withdrawn_explained",
        ),
        migrations.RemoveConstraint(
            model_name="user",
            name="user_username_given",
        ),
        migrations.AlterField(
            model_name="appearance",
            name="quote",
            field=factcheck.models.text.LineField(
                blank=True, help_text="At most six words of the source, as they stand there.", max_length=300
            ),
        ),
        migrations.AddConstraint(
            model_name="appearance",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "quote__regex",
                        "^[\\u0001-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]*([^\\u0001-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+([\\u0001-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+|\\Z)){0,6}\\Z",
                    )
                ),
                name="appearance_quote_six_words",
                violation_error_message="Quote at most six words: the text belongs to its publisher.",
            ),
        ),
        migrations.AddConstraint(
            model_name="article",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "headline__regex",
                        "[^\\u0001-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]",
                    )
                ),
                name="article_headline_given",
                violation_error_message="Give the headline of the article.",
            ),
        ),
        migrations.AddConstraint(
            model_name="articletext",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "text__regex",
                        "[^\\u0001-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]",
                    )
                ),
                name="articletext_text_given",
                violation_error_message="Give the text of the article.",
            ),
        ),
        migrations.AddConstraint(
            model_name="change",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "actor_name__regex",
                        "[^\\u0001-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]",
                    )
                ),
                name="change_actor_name_given",
                violation_error_message="Every change names who made it.",
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "text__regex",
                        "[^\\u0001-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]",
                    )
                ),
                name="claim_text_given",
                violation_error_message="Write what is claimed in one sentence.",
            ),
        ),
        migrations.AddConstraint(
            model_name="claimant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "name__regex",
                        "[^\\u0001-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]",
                    )
                ),
                name="claimant_name_given",
                violation_error_message="Give the claimant a name.",
            ),
        ),
        migrations.AddConstraint(
            model_name="correction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "note__regex",
                        "[^\\u0001-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]",
                    )
                ),
                name="correction_note_given",
                violation_error_message="Say what was wrong and what is right now.",
            ),
        ),
        migrations.AddConstraint(
            model_name="evidence",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "title__regex",
                        "[^\\u0001-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]",
                    )
                ),
                name="evidence_title_given",
                violation_error_message="Give the evidence a title.",
            ),
        ),
        migrations.AddConstraint(
            model_name="page",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "title__regex",
                        "[^\\u0001-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]",
                    )
                ),
                name="page_title_given",
                violation_error_message="Give the page a title.",
            ),
        ),
        migrations.AddConstraint(
            model_name="page",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "body__regex",
                        "[^\\u0001-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]",
                    )
                ),
                name="page_body_given",
                violation_error_message="Write the text of the page.",
            ),
        ),
        migrations.AddConstraint(
            model_name="publisher",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "name__regex",
                        "[^\\u0001-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]",
                    )
                ),
                name="publisher_name_given",
                violation_error_message="Give the publisher a name.",
            ),
        ),
        migrations.AddConstraint(
            model_name="rating",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "label__regex",
                        "[^\\u0001-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]",
                    )
                ),
                name="rating_label_given",
                violation_error_message="Give the rating a label.",
            ),
        ),
        migrations.AddConstraint(
            model_name="rating",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "definition__regex",
                        "[^\\u0001-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]",
                    )
                ),
                name="rating_definition_given",
                violation_error_message="Say what the rating means.",
            ),
        ),
        migrations.AddConstraint(
            model_name="replyrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "asked_whom__regex",
                        "[^\\u0001-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]",
                    )
                ),
                name="replyrequest_asked_whom_given",
                violation_error_message="Say who was asked.",
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("origin", "desk"),
                        ("state__in", ["submitted", "published", "superseded", "withdrawn"]),
                        _negated=True,
                    ),
                    models.Q(
                        ("author__isnull", False),
                        ("rating__isnull", False),
                        ("submitted_at__isnull", False),
                        ("submitted_by__isnull", False),
                        ("submitted_version__isnull", False),
                        (
                            "claim_reviewed__regex",
                            "[^\\u0001-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]",
                        ),
                        models.Q(("reviewed_kind", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="review_submitted_complete",
                violation_error_message="A submitted review needs a rating, an author, the wording reviewed, and who submitted which version of it and when.",
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "withdrawn"), _negated=True),
                    models.Q(
                        ("withdrawn_at__isnull", False),
                        ("withdrawn_by__isnull", False),
                        (
                            "withdrawn_note__regex",
                            "[^\\u0001-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]",
                        ),
                    ),
                    _connector="OR",
                ),
                name="review_withdrawn_explained",
                violation_error_message="A withdrawn review says when, by whom and why.",
            ),
        ),
        migrations.AddConstraint(
            model_name="topic",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "name__regex",
                        "[^\\u0001-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]",
                    )
                ),
                name="topic_name_given",
                violation_error_message="Give the topic a name.",
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "username__regex",
                        "[^\\u0001-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]",
                    )
                ),
                name="user_username_given",
                violation_error_message="An account needs a name.",
            ),
        ),
        migrations.AlterConstraint(
            model_name="article",
            name="article_slug_not_reserved",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "slug__in",
                        (
                            "add",
                            "admin",
                            "api",
                            "as-of",
                            "changes",
                            "data",
                            "embed",
                            "feed",
                            "feeds",
                            "history",
                            "new",
                            "search",
                            "similar",
                        ),
                    ),
                    _negated=True,
                ),
                name="article_slug_not_reserved",
                violation_error_message="Choose another slug: the site's own addresses use add, admin, api, as-of, changes, data, embed, feed, feeds, history, new, search, similar.",
            ),
        ),
        migrations.AlterConstraint(
            model_name="claim",
            name="claim_slug_not_reserved",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "slug__in",
                        (
                            "add",
                            "admin",
                            "api",
                            "as-of",
                            "changes",
                            "data",
                            "embed",
                            "feed",
                            "feeds",
                            "history",
                            "new",
                            "search",
                            "similar",
                        ),
                    ),
                    _negated=True,
                ),
                name="claim_slug_not_reserved",
                violation_error_message="Choose another slug: the site's own addresses use add, admin, api, as-of, changes, data, embed, feed, feeds, history, new, search, similar.",
            ),
        ),
        migrations.AlterConstraint(
            model_name="claimant",
            name="claimant_slug_not_reserved",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "slug__in",
                        (
                            "add",
                            "admin",
                            "api",
                            "as-of",
                            "changes",
                            "data",
                            "embed",
                            "feed",
                            "feeds",
                            "history",
                            "new",
                            "search",
                            "similar",
                        ),
                    ),
                    _negated=True,
                ),
                name="claimant_slug_not_reserved",
                violation_error_message="Choose another slug: the site's own addresses use add, admin, api, as-of, changes, data, embed, feed, feeds, history, new, search, similar.",
            ),
        ),
        migrations.AlterConstraint(
            model_name="publisher",
            name="publisher_slug_not_reserved",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "slug__in",
                        (
                            "add",
                            "admin",
                            "api",
                            "as-of",
                            "changes",
                            "data",
                            "embed",
                            "feed",
                            "feeds",
                            "history",
                            "new",
                            "search",
                            "similar",
                        ),
                    ),
                    _negated=True,
                ),
                name="publisher_slug_not_reserved",
                violation_error_message="Choose another slug: the site's own addresses use add, admin, api, as-of, changes, data, embed, feed, feeds, history, new, search, similar.",
            ),
        ),
        migrations.AlterConstraint(
            model_name="rating",
            name="rating_slug_not_reserved",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "slug__in",
                        (
                            "add",
                            "admin",
                            "api",
                            "as-of",
                            "changes",
                            "data",
                            "embed",
                            "feed",
                            "feeds",
                            "history",
                            "new",
                            "search",
                            "similar",
                        ),
                    ),
                    _negated=True,
                ),
                name="rating_slug_not_reserved",
                violation_error_message="Choose another slug: the site's own addresses use add, admin, api, as-of, changes, data, embed, feed, feeds, history, new, search, similar.",
            ),
        ),
        migrations.AlterConstraint(
            model_name="topic",
            name="topic_slug_not_reserved",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "slug__in",
                        (
                            "add",
                            "admin",
                            "api",
                            "as-of",
                            "changes",
                            "data",
                            "embed",
                            "feed",
                            "feeds",
                            "history",
                            "new",
                            "search",
                            "similar",
                        ),
                    ),
                    _negated=True,
                ),
                name="topic_slug_not_reserved",
                violation_error_message="Choose another slug: the site's own addresses use add, admin, api, as-of, changes, data, embed, feed, feeds, history, new, search, similar.",
            ),
        ),
        triggers.back(),
    ]
