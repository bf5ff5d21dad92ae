# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A change that a run makes, or would make in check mode, as a record. Nothing parses its printed form."""

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
# The verbs that are not simply followed by their subject.
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
    """What is done to which subject, and why.

    `kind` is the drift kind that the change corrects; it is '' if the change is only a consequence of another one.
    `declared`, `disk` and `running` are the states that differ, unless verb and subject already say so.
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
