"""What a browser is given is what the standard allows: asked of the W3C's own checker."""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from django.test import TestCase

from tests import engines, public_world

CHECKER = engines.PROJECT / "tests/browser/node_modules/vnu-jar/build/dist/vnu.jar"


class MarkupTests(TestCase):
    def test_every_page_is_valid(self):
        self.assertTrue(
            shutil.which("java"), "The checker needs Java (Debian and Ubuntu: apt install default-jre-headless)."
        )
        public_world.build("<i>&\u200fעברית")
        addresses = {}
        with tempfile.TemporaryDirectory() as folder:
            for address in public_world.EVERY:
                answer = self.client.get(address)
                if answer.headers["Content-Type"].startswith("text/html"):
                    file = Path(folder) / f"{len(addresses)}.html"
                    file.write_bytes(answer.content)
                    addresses[file.name] = address
            checked = subprocess.run(
                ["java", "-jar", str(CHECKER), "--format", "json", folder], capture_output=True, text=True, check=False
            )

        self.assertGreater(len(addresses), 40)
        self.assertTrue(checked.stderr, "The checker said nothing at all.")
        for message in json.loads(checked.stderr)["messages"]:
            with self.subTest(addresses[Path(message["url"]).name], line=message.get("lastLine")):
                self.assertEqual(message["type"], "info", f"{message['message']}: {message.get('extract')}")
