# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Environment variables: which ones an app may set, and how placeholders in their values are filled in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.described import kind
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.environment_file import NAME, RELEASE

# Where the app finds its secrets: as variables, or as files in systemd's credentials directory.
ENVIRONMENT, CREDENTIALS = "environment", "credentials"
# Gunicorn reads some of these itself, and they would silently override the declared settings.
REFUSED = {
    RELEASE: "The role sets it to the release's id.",
    "SPT_NOENV": "The role sets it, so that setproctitle does not overwrite the environment.",
    "GUNICORN_CMD_ARGS": "Declare the settings in `settings` instead.",
    "PORT": "Gunicorn would listen on 0.0.0.0; use `bind`.",
    "LISTEN_FDS": "It belongs to systemd.",
    "LISTEN_PID": "It belongs to systemd.",
    "NOTIFY_SOCKET": "It belongs to systemd.",
    "CREDENTIALS_DIRECTORY": "It belongs to systemd.",
}


class Reader(NamedTuple):
    """The program that receives the variables, and what it rejects."""

    refused: Mapping[str, str]  # by name: what to do instead
    unfit: re.Pattern[str]  # characters that a value must not contain
    why: str


# For systemd the last two characters of each plane are not valid UTF-8: it would refuse the whole file.
_NONCHARACTERS = "\ufdd0-\ufdef" + "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
SERVICE = Reader(
    REFUSED,
    re.compile(rf"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff{_NONCHARACTERS}]"),
    "contains a control character that systemd does not pass on.",
)
BUILD_TOOL = Reader({}, re.compile(r"[\x00\n]"), "must be one line.")


def check_environment(
    where: str, env: Mapping[str, Any], secret_names: Iterable[str] = (), reader: Reader = SERVICE
) -> dict[str, str]:
    """Return the variables as text, or raise InputError. The message never contains a value, which may be secret."""
    secrets = set(secret_names)
    result = {}
    for name, value in env.items():
        if not NAME.fullmatch(str(name)):
            raise InputError(f"{where}.{name}", "is not a valid name for an environment variable.")
        if name in reader.refused:
            raise InputError(f"{where}.{name}", "is not allowed.", reader.refused[name])
        if name in secrets:
            raise InputError(f"{where}.{name}", "is also in secret_env.", "Keep it in one of the two.")
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            raise InputError(
                f"{where}.{name}",
                f"must be text or a number, not {kind(value)}.",
                "Quote the value, so that it is clear which string the app receives.",
            )
        text = str(value)
        if reader.unfit.search(text):
            raise InputError(f"{where}.{name}", reader.why)
        result[str(name)] = text
    return result


def expand(env: Mapping[str, str], places: Mapping[str, str]) -> dict[str, str]:
    """Replace `{shared}`, `{src}` and `{venv}` in the values; leave any other brace alone."""
    result = {}
    for name, value in env.items():
        for place, path in places.items():
            value = value.replace("{" + place + "}", path)
        result[name] = value
    return result


def with_release(env: Mapping[str, str], release: str) -> dict[str, str]:
    """Add the release's id: a process that sets its title overwrites its command line, but not its environment."""
    return {**env, RELEASE: release, "SPT_NOENV": "1"}
