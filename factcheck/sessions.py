"""Sessions in the database that end after SESSION_IDLE without use, and after SESSION_COOKIE_AGE in any case."""

import time
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY as SIGNED_IN
from django.contrib.sessions.backends import db

BEGAN, SEEN = "began", "seen"  # in a session: Unix times, whole seconds
NOTED_EVERY = 60  # seconds: not every page that is read is a write


class SessionStore(db.SessionStore):
    def load(self) -> dict[str, Any]:
        data: dict[str, Any] = super().load()
        if SIGNED_IN not in data:
            return data
        now = int(time.time())
        seen = data.get(SEEN, 0)
        if now - seen >= settings.SESSION_IDLE or now - data.get(BEGAN, 0) >= settings.SESSION_COOKIE_AGE:
            self.delete()
            self._session_key = None
            return {}
        if now - seen >= NOTED_EVERY:
            data[SEEN] = now
            self.modified = True
        return data

    def save(self, must_create: bool = False) -> None:
        if SIGNED_IN in self and BEGAN not in self:
            self[BEGAN] = self[SEEN] = int(time.time())
        super().save(must_create)
