# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ready-made parts of gunicorn.conf.py for logging: a JSON access log, and a worker's peak memory when it exits.

`access_log_format` cannot produce valid JSON because it does not escape the values it inserts; a logger class can.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.worker_class import class_of

NONE, JSON = "none", "json"
# Without the query string, which may hold a token. The address is nginx's $remote_addr, not what the client claims.
JSON_LOGGER = '''
# access_log: json
import datetime as _datetime
import json as _json

from gunicorn.glogging import Logger as _Logger


class JsonAccessLogger(_Logger):
    """One JSON object for each request."""

    def access(self, resp, req, environ, request_time):
        cfg = self.cfg
        if not (cfg.accesslog or cfg.logconfig or cfg.logconfig_dict or cfg.syslog):
            return
        try:
            self.access_log.info(self.line(self.atoms(resp, req, environ, request_time)))
        except Exception:
            self.exception("the access log could not be written")

    def line(self, atoms):
        def header(name):
            value = atoms.get("{%s}i" % name)
            return value.decode("latin-1") if isinstance(value, bytes) else value

        status = str(atoms["s"]).split(" ")[0]
        said = {
            "time": _datetime.datetime.now(_datetime.timezone.utc).isoformat(timespec="milliseconds"),
            "request_id": header("x-request-id"),
            "remote_addr": header("x-real-ip") or atoms["h"] or None,
            "method": atoms["m"],
            "path": atoms["U"],
            "protocol": atoms["H"],
            "status": int(status) if status.isdigit() else status,
            "bytes": atoms["B"],
            "seconds": float(atoms["L"]),
            "referer": header("referer"),
            "user_agent": header("user-agent"),
            "pid": int(atoms["p"].strip("<>")),
        }
        return _json.dumps(said, default=str)


logger_class = JsonAccessLogger
'''
MEMORY_HOOK = """
# log_memory
import resource as _resource

_own_worker_exit = globals().get("worker_exit")


def worker_exit(server, worker):
    peak = _resource.getrusage(_resource.RUSAGE_SELF).ru_maxrss // 1024
    server.log.info("worker %s ends after %s requests, its memory was %s MiB at most", worker.pid, worker.nr, peak)
    if _own_worker_exit:
        _own_worker_exit(server, worker)
"""

_NOT_WITH_JSON = {
    "logger_class": "Gunicorn uses a single logger class",
    "statsd_host": "statsd metrics are sent by a logger class, and Gunicorn uses only one",
    "access_log_format": "the format would be ignored",
}


def render_observers(access_log: str, log_memory: bool) -> str:
    """Python for the end of gunicorn.conf.py, after the app's own hooks."""
    return (JSON_LOGGER if access_log == JSON else "") + (MEMORY_HOOK if log_memory else "")


def check_observers(where: str, options: Mapping[str, Any], settings: Mapping[str, Any], worker_class: str) -> None:
    """Raise InputError if this instance cannot have the `access_log` or `log_memory` that it declares."""
    if options["access_log"] == JSON:
        if class_of(worker_class).own_access_log:
            raise InputError(
                f"{where}.access_log",
                "json is not supported: uvicorn's worker writes its own access log.",
                "Use class `asgi` (Gunicorn 24.1 or newer), or nginx's access log, which is JSON for every app.",
            )
        for name, why in _NOT_WITH_JSON.items():
            if settings.get(name):
                raise InputError(
                    f"{where}.access_log",
                    f"json and settings.{name} are mutually exclusive: {why}.",
                    "Remove one of them.",
                )
    if options["log_memory"] and settings.get("worker_exit"):
        raise InputError(
            f"{where}.log_memory",
            "conflicts with settings.worker_exit: both are worker_exit hooks.",
            "Move yours into the `hooks` file; both are then called.",
        )
