# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether systemd can hand over credentials on this host."""

from __future__ import annotations

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError

DIRECTORY = "/run/credentials"


def hands_over_credentials(mountinfo: str) -> bool:
    """Return whether a mount that systemd makes below /run/credentials in a namespace of its own appears in the host's.

    That takes a shared mount. systemd makes all mounts shared at boot, but in a container it leaves them as they are.
    `mountinfo` is the one of PID 1.
    """
    shared = {fields[4]: any(field.startswith("shared:") for field in fields[6:]) for fields in _mounts(mountinfo)}
    over = [place for place in shared if DIRECTORY.startswith(f"{place.rstrip('/')}/") or place == DIRECTORY]
    return not over or shared[max(over, key=len)]


def refuse_credentials(variable: str, mountinfo: str) -> None:
    """Raise HostError if the service would find no credentials."""
    if not hands_over_credentials(mountinfo):
        raise HostError(
            f"{variable}: systemd cannot hand over credentials on this host: the mount that holds /run is private.",
            "Run `mount --make-rshared /` when the container starts, or use 'environment'.",
        )


def _mounts(mountinfo: str) -> list[list[str]]:
    lines = (line.split(" - ")[0].split(" ") for line in mountinfo.splitlines())
    return [fields for fields in lines if len(fields) > 5]
