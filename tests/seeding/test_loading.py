"""What loading does to records that are there, and what it keeps."""

import io
import json
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, transaction

from factcheck import history, states, workflow
from factcheck.management.commands import loadseeds
from factcheck.models import Appearance, Change, Claim, ClaimRelation, Publisher, Rating, Topic
from tests.factories import UserFactory, change, scale, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def load(tmp_path):
    """Loads these lists as one file; returns what the command prints."""

    def run(lists: dict[str, Any], *options: str, err: io.StringIO | None = None) -> str:
        (tmp_path / "file.json").write_text(json.dumps(lists))
        out = io.StringIO()
        call_command("loadseeds", tmp_path / "file.json", *options, stdout=out, stderr=err)
        return out.getvalue()

    return run


def lists(**claim: Any) -> dict[str, Any]:
    """A claim with two appearances and a topic, and all that they name."""
    appearances = [
        {"article": "report", "paragraph": 3, "claimant": "speaker", "wording": "attributed"},
        {
            "article": "report",
            "paragraph": 5,
            "caveat": "not-independently-verified",
            "relays": [{"by_claimant": "speaker", "note": "Said it."}, {"by_publisher": "paper"}],
        },
    ]
    return {
        "publishers": [{"slug": "paper", "name": "Paper"}],
        "topics": [{"slug": "war", "name": "War"}, {"slug": "peace", "name": "Peace"}],
        "claimants": [{"slug": "speaker", "name": "Speaker", "kind": "person"}],
        "articles": [{"slug": "report", "publisher": "paper", "headline": "Report", "published_on": "2025-11"}],
        "claims": [
            {
                "slug": "claim",
                "text": "It is so.",
                "kind": "fact",
                "made_on": "2025",
                "topics": ["war"],
                "listed": True,
                "appearances": appearances,
                **claim,
            },
            {"slug": "other", "text": "It is otherwise.", "kind": "fact"},
        ],
        "relations": [{"from": "other", "kind": "contradicts", "to": "claim", "note": "Plainly."}],
    }


@pytest.fixture(autouse=True)
def _scale():
    scale()


def the_claim() -> Claim:
    return Claim.objects.get(slug="claim")


def last_change() -> Change:
    return Change.objects.order_by("-id").first()


def numbers(output: str, name: str = "all") -> dict[str, int]:
    """The counts that the summary prints for a kind of record."""
    [line] = [line for line in output.splitlines() if line.startswith(f"{name}  ")]
    parts = line.removeprefix(name).split(",")
    return {part.split()[1]: int(part.split()[0]) for part in parts}


def test_a_first_load_creates_everything_and_says_so(load):
    output = load(lists())

    assert numbers(output) == {"created": 13, "updated": 0, "removed": 0, "unchanged": 0, "kept": 0}
    claim = the_claim()
    assert claim.status.slug == "unverified"
    assert claim.status_basis == "reported"
    assert claim.listed_at == claim.first_listed_at is not None
    assert str(claim.made_on_partial) == "2025"
    stations = Appearance.objects.get(paragraph=5).relays.all()
    assert [(relay.position, str(relay.by)) for relay in stations] == [(1, "Speaker"), (2, "Paper")]
    assert Claim.objects.get(slug="other").listed_at is None


def test_each_record_gets_one_change_by_the_loader_with_the_files_hash(load, tmp_path):
    load(lists())

    changes = Change.objects.of(the_claim())
    assert [change.action for change in changes] == ["created"]
    assert changes[0].actor is None
    digest = history.sha256((tmp_path / "file.json").read_text())
    assert changes[0].actor_name == f"loadseeds file.json sha256:{digest}"
    assert Change.objects.filter(actor_name__startswith="loadseeds").count() == 8


def test_loading_again_changes_nothing(load):
    load(lists())
    before = list(Change.objects.values_list("id"))
    claim = the_claim()

    output = load(lists())

    assert numbers(output) == {"created": 0, "updated": 0, "removed": 0, "unchanged": 13, "kept": 0}
    assert list(Change.objects.values_list("id")) == before
    assert the_claim().version == claim.version


def test_tables_are_counted_only_where_something_was_written_and_their_failure_is_none_of_the_load(load, monkeypatch):
    def refuse():
        calls.append(1)
        raise OperationalError("disk is full\nreally")

    calls: list[int] = []
    monkeypatch.setattr(loadseeds, "count_tables", refuse)
    err = io.StringIO()

    load(lists(), "--dry-run")
    assert not calls
    load(lists(), err=err)
    assert len(calls) == 1
    load(lists())
    load(lists(text="It is not so."), "--dry-run")

    assert len(calls) == 1
    assert err.getvalue() == "Loaded, but the tables were not counted for the planner of queries: disk is full.\n"
    assert the_claim().text == "It is so."


def test_a_value_that_a_loader_wrote_is_updated(load):
    load(lists())

    output = load(lists(text="It is so indeed.", made_on="2025-03"))

    assert numbers(output, "claims")["updated"] == 1
    assert the_claim().text == "It is so indeed."
    assert str(the_claim().made_on_partial) == "2025-03"
    assert set(json.loads(last_change().after)) == {"text", "made_on"}


def test_a_claim_is_dated_as_changed_by_the_load_that_changes_it_and_not_by_the_one_that_lists_it(load):
    load(lists(listed=True))
    assert the_claim().listed_at and not the_claim().changed_at

    load(lists(listed=True, context="Another one."))

    assert the_claim().changed_at > the_claim().listed_at


def test_what_a_person_changed_is_kept_and_listed(load):
    load(lists())
    claim = the_claim()
    with history.change(claim, actor=UserFactory(username="anna"), reason="Better"):
        claim.text = "It is so, she says."
        claim.save()

    output = load(lists(text="Newer.", context="New context."))

    assert numbers(output, "claims")["kept"] == 0
    assert "claims[1] “claim”, field text: stored “It is so, she says.”, file “Newer.”" in output
    assert the_claim().text == "It is so, she says."
    assert the_claim().context == "New context."


def test_of_long_texts_a_kept_line_shows_where_they_differ(load):
    same = "It is so, as was said in the report, and said again in the one after that, "
    load(lists(text=f"{same}twice.", context="The beginning of it differs, and the rest is far too long to be shown."))
    change(the_claim(), text=f"{same}three times, and then once more, which makes four times in all.", context="Short.")

    output = load(
        lists(text=f"{same}once.", context="The beginning of it differs, and the rest is far too long to be shown.")
    )

    assert "“claim”, field text: stored “…ne after that, three times, and then once more, which mak…”, " in output
    assert ", file “…ne after that, once.”" in output
    assert "stored “Short.”, file “The beginning of it differs, and the rest is far too long…”" in output


def test_a_kept_record_is_counted_and_loading_writes_no_change(load):
    load(lists())
    change(the_claim(), text="By hand.")
    count = Change.objects.count()

    output = load(lists())

    assert numbers(output, "claims") == {"created": 0, "updated": 0, "removed": 0, "unchanged": 1, "kept": 1}
    assert Change.objects.count() == count


def test_a_persons_value_that_the_file_takes_over_may_be_updated_by_it_later(load):
    load(lists())
    change(the_claim(), text="By hand.")
    load(lists(text="By hand."))

    output = load(lists(text="By file."))

    assert "field text: stored “By hand.”" in output


def test_a_date_and_its_precision_are_one_value(load):
    load(lists(made_on="2025-11"))
    change(the_claim(), made_on_precision="day")

    output = load(lists(made_on="2025-12"))

    assert "field made_on" in output
    assert str(the_claim().made_on_partial) == "2025-11-01"


def test_overwrite_takes_the_files_value_with_history(load):
    load(lists())
    change(the_claim(), text="By hand.")

    output = load(lists(), "--overwrite")

    assert numbers(output)["kept"] == 0
    assert the_claim().text == "It is so."
    assert json.loads(last_change().before) == {"text": "By hand."}
    assert last_change().actor_name.startswith("loadseeds ")


def test_a_record_made_by_hand_is_kept_in_every_field(load):
    write(Publisher(slug="paper", name="The Paper", country="GB"))

    output = load(lists())

    assert "publishers[1] “paper”, field name: stored “The Paper”, file “Paper”" in output
    assert "publishers[1] “paper”, field country" in output
    assert Publisher.objects.get(slug="paper").name == "The Paper"


def test_a_part_that_the_file_no_longer_has_is_removed_with_history(load):
    load(lists())

    output = load(lists(appearances=lists()["claims"][0]["appearances"][:1], topics=[]))

    assert numbers(output, "appearances")["removed"] == 1
    assert numbers(output, "topics of claims")["removed"] == 1
    assert the_claim().appearances.count() == 1
    assert the_claim().topics.count() == 0
    assert the_claim().status is None
    [gone] = json.loads(last_change().after)["appearances"].values()
    assert gone is None


def test_a_removed_part_that_a_person_had_changed_is_kept(load):
    load(lists())
    change(Appearance.objects.get(paragraph=5), caveat_note="I asked.")

    output = load(lists(appearances=[]))

    assert numbers(output, "appearances") == {"created": 0, "updated": 0, "removed": 1, "unchanged": 0, "kept": 1}
    assert "is not in the file, but a person changed it" in output
    assert the_claim().appearances.get().paragraph == 5


def test_a_part_whose_station_a_person_changed_is_kept_too(load):
    load(lists())
    change(Appearance.objects.get(paragraph=5).relays.first(), note="By hand.")

    load(lists(appearances=[]))

    assert the_claim().appearances.get().relays.first().note == "By hand."


def test_a_part_that_a_person_removed_stays_removed(load):
    load(lists())
    claim = the_claim()
    with history.change(claim, actor=UserFactory()):
        claim.appearances.get(paragraph=3).delete()

    output = load(lists())

    assert "appearances[1] “report”: a person has removed it" in output
    assert claim.appearances.count() == 1

    load(lists(), "--overwrite")
    assert claim.appearances.count() == 2


def test_a_part_that_a_person_added_is_kept(load):
    load(lists())
    write(Appearance(claim=the_claim(), address="https://post.example/1"))

    output = load(lists())

    assert numbers(output, "appearances") == {"created": 0, "updated": 0, "removed": 0, "unchanged": 2, "kept": 1}
    assert the_claim().appearances.count() == 3
    assert "“claim”, field appearances: “https://post.example/1” is not in the file, but a person added it" in output


def test_parts_of_parts_are_added_changed_and_removed(load):
    load(lists())
    appearances = lists()["claims"][0]["appearances"]
    appearances[1]["relays"] = [{"by_claimant": "speaker", "note": "Told it."}]

    output = load(lists(appearances=appearances))

    assert numbers(output, "relays") == {"created": 0, "updated": 1, "removed": 1, "unchanged": 0, "kept": 0}
    appearances[1]["relays"] += [{"by_publisher": "paper"}, {"by_claimant": "speaker"}]
    output = load(lists(appearances=appearances))
    assert numbers(output, "relays") == {"created": 2, "updated": 0, "removed": 0, "unchanged": 1, "kept": 0}
    stations = Appearance.objects.get(paragraph=5).relays.all()
    assert [relay.note for relay in stations] == ["Told it.", "", ""]


def test_a_record_that_a_person_deleted_stays_deleted(load):
    load(lists())
    relation = ClaimRelation.objects.get()
    with history.change(relation, actor=UserFactory(username="anna")):
        relation.delete()

    output = load(lists())

    assert numbers(output, "relations") == {"created": 0, "updated": 0, "removed": 0, "unchanged": 0, "kept": 1}
    assert "relations[1] “other”: deleted by anna on " in output
    assert not ClaimRelation.objects.exists()

    load(lists(), "--overwrite")
    assert ClaimRelation.objects.count() == 1


def test_listing_and_unlisting_by_a_person_are_kept(load):
    load(lists())
    editor = UserFactory(roles=["Editor"])
    workflow.unlist_claim(the_claim(), actor=editor, note="Not ours.")
    workflow.list_claim(Claim.objects.get(slug="other"), actor=editor)

    output = load(lists())

    assert "“claim”, field listed: stored false, file true" in output
    assert "“other”, field listed: stored true, file false" in output
    assert the_claim().listed_at is None
    assert the_claim().unlisted_note == "Not ours."


def test_what_a_person_lists_again_is_kept_listed(load):
    load(lists())
    editor = UserFactory(roles=["Editor"])
    workflow.unlist_claim(the_claim(), actor=editor)
    workflow.list_claim(the_claim(), actor=editor)

    output = load(lists(listed=False))

    assert "“claim”, field listed: stored true, file false" in output
    assert the_claim().listed_at


def test_what_does_not_go_with_what_a_person_left_is_kept_as_well(load):
    load(lists(kind="prediction", due_on="2026-01-01"))
    change(the_claim(), kind="fact", due_on=None)

    output = load(lists(kind="prediction", due_on="2026-01-01", resolution="If it is.", context="New."))

    assert "field kind: stored “fact”, file “prediction”" in output
    assert "field resolution: stored “”, file “If it is.”" in output
    assert (the_claim().kind, the_claim().resolution, the_claim().context) == ("fact", "", "New.")


def test_kept_lines_name_file_and_line_and_are_one_line_each(load):
    load(lists(context="One."))
    change(the_claim(), context="Two\nlines.")

    [line] = [line for line in load(lists(context="One.")).splitlines() if "claims[1]" in line]

    assert "file.json, line 1, claims[1] “claim”, field context: stored “Two�lines.”, file “One.”" in line


def test_the_file_may_unlist_what_it_listed(load):
    load(lists())

    load(lists(listed=False))

    assert the_claim().listed_at is None
    assert the_claim().unlisted_at is not None
    load(lists(listed=True))
    assert the_claim().listed_at > the_claim().first_listed_at


def test_a_relation_that_holds_both_ways_is_the_same_from_either_side(load):
    load(lists())
    turned = lists()
    turned["relations"] = [{"from": "claim", "kind": "contradicts", "to": "other", "note": "Plainly."}]

    output = load(turned)

    assert numbers(output, "relations")["unchanged"] == 1
    relation = ClaimRelation.objects.get()
    assert relation.from_claim_id < relation.to_claim_id
    assert relation.confirmed_by is None


def test_a_dry_run_says_what_would_change_and_changes_nothing(load):
    output = load(lists(), "--dry-run")

    assert "Dry run" in output
    assert numbers(output)["created"] == 13
    assert not Claim.objects.exists()
    assert not Change.objects.filter(whole_type="claim").exists()


def test_a_record_that_is_absent_is_left_alone(load):
    load(lists())

    load({"topics": [{"slug": "later", "name": "Later"}]})

    assert Claim.objects.count() == 2
    assert Topic.objects.count() == 3


def test_records_may_refer_to_what_is_stored(load):
    load(lists())
    later = {
        "slug": "later",
        "text": "L.",
        "kind": "fact",
        "claimant": "speaker",
        "appearances": [{"article": "report"}],
    }

    load({"claims": [later], "relations": [{"from": "later", "kind": "repeats", "to": "claim"}]})

    assert Claim.objects.get(slug="later").claimant.slug == "speaker"


def test_the_two_commands_of_a_new_user_leave_unreviewed_claims(load):
    call_command("loadseeds", verbosity=0)

    claims = Claim.objects.public()
    assert 30 <= claims.count() <= 40
    assert not claims.filter(status_basis="reviewed").exists()
    [desertions] = claims.filter(status_basis="reported")
    assert desertions.appearances.get().relays.count() == 2
    assert Rating.objects.in_force().count() == 13


def test_a_rating_and_its_retired_namesake_are_two_records(load):
    base = {"slug": "murky", "label": "Murky", "definition": "D.", "position": 90, "class": "open"}
    old = {**base, "label": "Was murky", "retired_on": "2025-01-01"}
    ratings = {"ratings": [base, old]}

    load(ratings)

    assert numbers(load(ratings), "ratings")["unchanged"] == 2
    assert Rating.objects.in_force().get(slug="murky").label == "Murky"


def test_a_conflict_with_somebody_who_saves_meanwhile_is_tried_again(load, monkeypatch):
    load(lists())
    from factcheck.seeding.planning import Planner

    read, calls = states.read, []

    def saved_meanwhile(model, ids):
        """Once, somebody saves between the loader's reading and its writing."""
        found = read(model, ids)
        if model is Claim and not calls:
            calls.append(1)
            with transaction.atomic():
                change(the_claim(), context="Meanwhile.")
        return found

    def plan(self, *args, original=Planner.plan):
        monkeypatch.setattr(states, "read", saved_meanwhile)
        plans = list(original(self, *args))
        monkeypatch.setattr(states, "read", read)
        return plans

    monkeypatch.setattr(Planner, "plan", plan)

    load(lists(text="Newer."))

    assert calls
    assert the_claim().text == "Newer."


def test_stations_that_a_person_has_put_in_another_order_stay_so(load):
    load(lists())
    claim = the_claim()
    first, second = Appearance.objects.get(paragraph=5).relays.all()
    with history.change(claim, actor=UserFactory()):
        for relay, position in ((first, 9), (second, 1), (first, 2)):
            relay.position = position
            relay.save()

    output = load(lists())

    assert numbers(output, "relays")["updated"] == 0
    assert [str(relay.by) for relay in Appearance.objects.get(paragraph=5).relays.all()] == ["Paper", "Speaker"]


def test_a_place_that_a_person_has_corrected_does_not_come_back(load):
    load(lists())
    change(Appearance.objects.get(paragraph=3), paragraph=4)

    output = load(lists())

    assert numbers(output, "appearances")["created"] == 0
    assert sorted(the_claim().appearances.values_list("paragraph", flat=True)) == [4, 5]


def test_a_topic_that_a_person_has_exchanged_does_not_come_back(load):
    load(lists())
    change(the_claim().claim_topics.get(), topic=Topic.objects.get(slug="peace"))

    load(lists())

    assert [topic.slug for topic in the_claim().topics.all()] == ["peace"]


def test_a_record_that_a_person_has_renamed_is_not_made_again(load):
    load(lists())
    change(Claim.objects.get(slug="other"), slug="otherwise")

    output = load(lists())

    assert "claims[2] “other”: a person made it “otherwise”" in output
    assert Claim.objects.count() == 2
    assert ClaimRelation.objects.count() == 1


def test_a_relation_of_which_a_person_changed_the_kind_is_not_made_again(load):
    load(lists())
    change(ClaimRelation.objects.get(), kind="repeats")

    output = load(lists())

    assert numbers(output, "relations")["kept"] == 1
    assert [relation.kind for relation in ClaimRelation.objects.all()] == ["repeats"]


def test_a_file_may_retire_a_rating_and_put_another_in_its_place(load):
    murky = {"slug": "murky", "label": "Murky", "definition": "D.", "position": 90, "class": "open"}
    load({"ratings": [murky]})
    before = Rating.objects.get(slug="murky")
    replaced = {"ratings": [{**murky, "label": "Dim"}, {**murky, "retired_on": "2025-01-01"}]}

    output = load(replaced)

    assert numbers(output, "ratings") == {"created": 1, "updated": 1, "removed": 0, "unchanged": 0, "kept": 0}
    before.refresh_from_db()
    assert (before.label, str(before.retired_on)) == ("Murky", "2025-01-01")
    assert Rating.objects.in_force().get(slug="murky").label == "Dim"
    assert numbers(load(replaced), "ratings")["unchanged"] == 2


def test_the_desk_may_pass_from_one_publisher_to_another_in_one_load(load):
    one, other = {"slug": "one", "name": "One"}, {"slug": "other", "name": "Other"}
    load({"publishers": [one, {**other, "is_desk": True}]})

    load({"publishers": [{**one, "is_desk": True}, other]})

    assert Publisher.objects.get(is_desk=True).slug == "one"


def test_a_rating_that_a_person_has_retired_stays_retired(load):
    murky = {"slug": "murky", "label": "Murky", "definition": "D.", "position": 90, "class": "open"}
    load({"ratings": [murky]})
    change(Rating.objects.get(slug="murky"), retired_on="2025-05-05")

    output = load({"ratings": [murky]})

    assert numbers(output, "ratings")["kept"] == 1
    assert Rating.objects.filter(slug="murky").count() == 1


def test_what_a_person_deleted_stops_no_later_load(load):
    load(lists(listed=False))
    for relation in ClaimRelation.objects.all():
        with history.change(relation, actor=UserFactory()):
            relation.delete()
    other = Claim.objects.get(slug="other")
    with history.change(other, actor=UserFactory()):
        other.delete()
    claim = the_claim()
    with history.change(claim, actor=UserFactory()):
        claim.claim_topics.get().delete()
    war = Topic.objects.get(slug="war")
    with history.change(war, actor=UserFactory()):
        war.delete()

    output = load(lists(listed=False, text="Newer."))

    assert "relations[1] “other”: a person has deleted a claim that it names" in output
    assert the_claim().text == "Newer."
    assert not Topic.objects.filter(slug="war").exists()

    load(lists(listed=False), "--overwrite")
    assert Claim.objects.count() == 2
    assert [topic.slug for topic in the_claim().topics.all()] == ["war"]


def test_listing_by_a_file_is_named_so_in_the_history(load):
    load(lists(listed=False))

    load(lists(listed=True))

    assert Change.objects.of(the_claim()).last().action == "listed"


def test_claims_follow_a_new_rating_of_the_reported_status(load):
    load(lists())
    old = Rating.objects.get(slug="unverified")
    change(old, retired_on="2025-05-05")
    new = {"slug": "unverified", "label": "Not verified", "definition": "D.", "position": 90, "class": "open"}

    load({"ratings": [new]})

    assert the_claim().status.label == "Not verified"
