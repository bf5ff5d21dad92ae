# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One thing that a run does, or would do, as a record. It prints itself; nothing reads what it has printed."""

from __future__ import annotations

from typing import NamedTuple

CREATE, UPDATE, REMOVE, OWN = "create", "update", "remove", "set owner and mode of"
INSTALL_PACKAGE, INSTALL = "install package", "install"
SET, CHMOD, LINK_TO, POINT = "set", "set mode of", "link", "point"
MOUNT, REMOUNT = "mount", "remount"
ENABLE, DISABLE, START, RESTART, RELOAD = "enable", "stop and disable", "start", "restart", "reload"
RENEW, SCALE = "renew", "scale"
ADD_SOURCE, BUILD_VENV, ADD_RELEASE = "add source below", "build virtual environment below", "add release below"
RUN_BUILD, RUN_RELEASE = "run build command:", "run release command:"
CREATE_USER, REMOVE_USER, REPLACE = "create user", "remove user", "replace"
# How a verb is written where its subject does not simply follow.
PHRASES = {
    SET: "set {subject} = {declared}",
    CHMOD: "set mode of {subject} to {declared}",
    LINK_TO: "link {subject} to {declared}",
    POINT: "point {subject} to {declared}",
    MOUNT: "mount {subject} ({declared})",
    REMOUNT: "remount {subject} ({declared})",
    SCALE: "scale {subject} to {declared} workers",
}
WITH_PREVIOUS = (SET, CHMOD, LINK_TO, REMOUNT, SCALE)


class Change(NamedTuple):
    """What is done to what, and why.

    `kind` names the drift that the change undoes; it is '' where the change only follows from another one.
    `declared`, `disk` and `running` say what differs, as far as the verb and the subject do not.
    """

    verb: str
    subject: str
    because: str = ""
    kind: str = ""
    declared: str = ""
    disk: str = ""
    running: str = ""

    def __str__(self) -> str:
        text = PHRASES.get(self.verb, "{verb} {subject}").format(**self._asdict())
        previous = self.running or self.disk
        if previous and self.verb in WITH_PREVIOUS:
            text += f" (was {previous})"
        return f"{text}: {self.because}" if self.because else text
