"""The browser that is installed. `python -m tests.browser.chromium` names it, or says how to get one."""

import os
import shutil
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

HOW_TO_INSTALL = (
    "No Chromium was found. Install one (Debian and Ubuntu: apt install chromium; Fedora: dnf install chromium; "
    "macOS: brew install --cask chromium), or say where yours is: CHROMIUM=/path/to/it make test-browser"
)


class NoBrowser(RuntimeError):
    """No Chromium is installed; the message says what to do."""


def path() -> str:
    """The program that CHROMIUM names, or the first that is there. Raises NoBrowser."""
    if named := os.environ.get("CHROMIUM"):
        if found := shutil.which(named):
            return found
        raise NoBrowser(f"CHROMIUM is {named}, and there is no such program.")
    for name in NAMES:
        if found := shutil.which(name):
            return found
    raise NoBrowser(HOW_TO_INSTALL)


if __name__ == "__main__":
    try:
        sys.stdout.write(f"Browser: {path()}\n")
    except NoBrowser as error:
        sys.exit(str(error))
