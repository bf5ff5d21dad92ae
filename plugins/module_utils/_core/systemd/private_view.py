# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a service sees of the host's file system: its own app, and nothing of the others.

A path that the app's declaration names is never hidden from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import ROOT, RUN

# Nothing in these is of use to an app: sockets and logs of others, units, nginx's configuration, keys, the system bus.
# Each costs a few milliseconds at every start, so what its mode alone keeps from all users is not here. The journal's
# sockets stay, because logging handlers use them.
HIDDEN = (RUN, "/run/dbus", "/etc/systemd/system", "/etc/nginx", "/etc/ssl/private", "/var/log")
# A service may write to these, so nothing in them may be executed. The last one is its runtime directory; in a canary's
# unit the specifiers mean that of the canary.
WRITABLE = ("/tmp", "/var/tmp", "/dev/shm", "%t/%N")
NO_EXEC_PATHS_SINCE = 248
# A heartbeat file is empty. One inode is in use for each worker, and nothing else is stored there.
HEARTBEATS = "rw,nosuid,nodev,noexec,mode=1777,size=1M,nr_inodes=16384"
_PLAIN = re.compile(r"/[^\s:%\"'\\]*")  # in a list of paths, systemd gives the others a meaning
# Directories that apps use for other things as well, so a private tmpfs must not cover them.
_SHARED = ("/", "/dev/shm", "/run", "/run/lock", "/run/shm", "/tmp", "/var/lock", "/var/run", "/var/tmp")
# Directives of `systemd` that name paths which the app uses.
_NAMING = ("ReadWritePaths", "ReadOnlyPaths", "BindPaths", "BindReadOnlyPaths", "ExecPaths")
_BELOW = {"LogsDirectory": "/var/log"}
# Lists that are added to the role's: replacing those would remove the app's own directory from its view.
ADDED = frozenset(
    (
        *_NAMING,
        "InaccessiblePaths",
        "NoExecPaths",
        "TemporaryFileSystem",
        "IPAddressAllow",
        "IPAddressDeny",
        "LoadCredential",
    )
)


def is_dedicated(worker_tmp_dir: str, home: str) -> bool:
    """Return whether the directory holds heartbeats only, so that each service can have its own."""
    plain = _PLAIN.fullmatch(worker_tmp_dir) and worker_tmp_dir not in _SHARED
    return bool(plain) and not _within(worker_tmp_dir, home) and not _within(home, worker_tmp_dir)


def named_paths(service: Mapping[str, Any], others: Iterable[Any]) -> list[str]:
    """Return the absolute paths that the user's own directives name, and those among `others`."""
    found = [path for name in _NAMING for path in _paths(service.get(name))]
    found += [f"{top}/{path}" for name, top in _BELOW.items() for path in _paths(service.get(name))]
    found += [other for other in others if isinstance(other, str) and _PLAIN.fullmatch(other)]
    return list(dict.fromkeys(found))


def private_view(
    home: str, shared: str, worker_tmp_dir: str, service: Mapping[str, Any], named: Sequence[str], systemd: int
) -> dict[str, Any]:
    """Return the directives. `service` are the user's own directives, `named` all paths that the app's declaration
    names, and `systemd` is the version of systemd.
    """
    own = is_dedicated(worker_tmp_dir, home)
    writable = [shared] if own else [shared, worker_tmp_dir]
    may_write = {path for name in ("ReadWritePaths", "BindPaths") for path in _paths(service.get(name))}
    foreign = [path for path in named if _within(path, ROOT) and not _within(path, home)]
    view: dict[str, Any] = {
        "TemporaryFileSystem": [f"{ROOT}:ro", *([f"{worker_tmp_dir}:{HEARTBEATS}"] if own else [])],
        "BindReadOnlyPaths": [home, *(f"-{path}" for path in foreign if path not in may_write)],
        "BindPaths": [f"-{path}" for path in foreign if path in may_write],
        "InaccessiblePaths": hidden_paths(named, f"{home}/.cache"),
        "ReadWritePaths": writable,
    }
    if systemd >= NO_EXEC_PATHS_SINCE:
        view["NoExecPaths"] = [*writable, *(f"-{path}" for path in WRITABLE if path not in writable)]
        view["ExecPaths"] = [path for path in named if any(_within(path, one) and path != one for one in writable)]
    return {name: paths for name, paths in view.items() if paths}


def hidden_paths(named: Sequence[str], *more: str) -> list[str]:
    """Return what InaccessiblePaths= hides: nothing that is or contains a named path."""
    return [f"-{path}" for path in (*HIDDEN, *more) if not any(_within(one, path) for one in named)]


def without_covered(service: Mapping[str, Any], worker_tmp_dir: str, home: str) -> dict[str, Any]:
    """Return the user's directives without a directory for heartbeats that the service has to itself: named in
    ReadWritePaths= as well, systemd would use the host's directory.
    """
    if "ReadWritePaths" not in service or not is_dedicated(worker_tmp_dir, home):
        return dict(service)
    value = service["ReadWritePaths"]
    words = [word for item in (value if isinstance(value, list) else [value]) for word in str(item).split() or [""]]
    return {**service, "ReadWritePaths": [word for word in words if _paths(word) != [worker_tmp_dir]]}


def add_lists(own: Any, added: Any) -> list[Any]:
    """Return the role's list with the user's values added, each once. An empty one resets the list, as in systemd."""
    own = own if isinstance(own, (list, tuple)) else [own]
    items = added if isinstance(added, list) else [added]
    return [*own, *(item for item in items if item == "" or item not in own)]


def _paths(value: Any) -> list[str]:
    """Return the paths of a directive: without prefixes, without the destination of a bind mount."""
    items = value if isinstance(value, (list, tuple)) else [] if value is None else [value]
    return [word.lstrip("-+").split(":")[0].rstrip("/") for item in items for word in str(item).split()]


def _within(path: str, top: str) -> bool:
    return path == top or path.startswith(f"{top.rstrip('/')}/")
