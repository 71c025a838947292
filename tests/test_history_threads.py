"""Two people who save at the same moment: one wins, the other is told, and the history has no gap."""

import io
import threading

from django.core.management import call_command
from django.db import connection
from django.test import TransactionTestCase

from factcheck import door, history
from factcheck.models import Change, Claim, Conflict
from tests.factories import ClaimFactory, UserFactory

ROUNDS = 20


class RaceTests(TransactionTestCase):
    def setUp(self):
        self.people = [UserFactory(), UserFactory()]
        self.claim = ClaimFactory(listed=True)

    def race(self, *saves):
        """Runs each in a thread of its own, all let go at once; returns what each came to."""
        barrier = threading.Barrier(len(saves))
        ends = [""] * len(saves)

        def run(index):
            try:
                barrier.wait()
                saves[index]()
                ends[index] = "saved"
            except Conflict:
                ends[index] = "told"
            finally:
                connection.close()

        threads = [threading.Thread(target=run, args=[index]) for index in range(len(saves))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        return sorted(ends)

    def test_of_two_saves_of_the_same_version_one_wins(self):
        for number in range(ROUNDS):
            copies = [Claim.objects.get(pk=self.claim.pk) for _ in self.people]
            before = copies[0].version

            def save(index, copies=copies, number=number):
                with history.change(copies[index], actor=self.people[index], seen=copies[index].version):
                    copies[index].context = f"Round {number}, person {index}"
                    copies[index].save()

            self.assertEqual(self.race(lambda: save(0), lambda: save(1)), ["saved", "told"])
            self.assertEqual(Claim.objects.get(pk=self.claim.pk).version, before + 1)
        self.assertEqual(Change.objects.of(self.claim).count(), Claim.objects.get(pk=self.claim.pk).version)
        call_command("verifyhistory", stdout=io.StringIO())

    def test_saves_of_different_records_both_win_and_each_raises_the_edition(self):
        other = ClaimFactory(listed=True)
        before = door.number()
        for number in range(ROUNDS):
            copies = [Claim.objects.get(pk=claim.pk) for claim in (self.claim, other)]

            def save(index, copies=copies, number=number):
                with history.change(copies[index], actor=self.people[index]):
                    copies[index].context = f"Round {number}"
                    copies[index].save()

            self.assertEqual(self.race(lambda: save(0), lambda: save(1)), ["saved", "saved"])
        self.assertEqual(door.number(), before + 2 * ROUNDS)
