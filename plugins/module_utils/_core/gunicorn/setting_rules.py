# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules for settings that Gunicorn silently ignores, or accepts although they cause harm.

Gunicorn accepts all of them. Their effects were measured on 20.1, 23 and 27 or, in lines marked [read], taken from its
source. docs/settings.md says which is which.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.finding import (
    ERROR,
    NOTE,
    SEVERITIES,
    WARNING,
    Finding,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.suggest import did_you_mean
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.versions import at_least
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.setting_versions import history_of
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.gunicorn.worker_class import (
    ASGI,
    GTHREAD,
    OTHER,
    SYNC,
    UVICORN,
    class_of,
)

# The kinds of findings that the rules report.
UNKNOWN, INVALID, HARMFUL, IDLE = "setting-unknown", "setting-invalid", "setting-harmful", "setting-idle"
BACKLOG = 2048  # the default of Gunicorn and of the socket unit
LOG_LEVELS = ("debug", "info", "warning", "error", "critical")
_SSL = ("ssl_version", "cert_reqs", "ca_certs", "ciphers", "suppress_ragged_eofs", "do_handshake_on_connect")
_NOT_UVICORN = (
    "access_log_format",
    "limit_request_field_size",
    "limit_request_fields",
    "limit_request_line",
    "post_request",
    "pre_request",
    "statsd_host",
)
_LENIENT = (
    "casefold_http_method",
    "permit_obsolete_folding",
    "permit_unconventional_http_method",
    "permit_unconventional_http_version",
    "strip_header_spaces",
    "tolerate_dangerous_framing",
)
_HTTP2 = (
    "http2_initial_window_size",
    "http2_max_concurrent_streams",
    "http2_max_frame_size",
    "http2_max_header_list_size",
)


class Facts(NamedTuple):
    """The input of the rules. `settings` are the declared ones; facts that are not known yet are '' or 0."""

    settings: Mapping[str, Any]
    worker_class: str
    gunicorn: str = ""
    bind: str = "unix:"
    somaxconn: int = 0  # of the host's kernel

    @property
    def family(self) -> str:
        return class_of(self.worker_class).family

    def on(self, name: str) -> bool:
        return bool(self.settings.get(name))

    def number(self, name: str, default: int) -> int:
        """Return the setting if it is a number, else the default; Gunicorn itself rejects values of other types."""
        value = self.settings.get(name, default)
        return value if isinstance(value, int) else default


def meant(name: str, known: Iterable[str]) -> str:
    """Return the setting whose name a variable almost has; '' if there is none that close."""
    near = difflib.get_close_matches(name.lower(), list(known), n=1, cutoff=0.85)
    return near[0] if near else ""


def strange_names(names: Iterable[str], known: Iterable[str]) -> list[Finding]:
    """Report variables of a settings file that are almost the name of a setting; others are the file's own business."""
    settings = list(known)
    near = {name: meant(name, settings) for name in names}
    why = "is not a setting; Gunicorn silently ignores it."
    return [_finding(UNKNOWN, WARNING, name, why, f"Did you mean '{other}'?") for name, other in near.items() if other]


def findings(facts: Facts) -> list[Finding]:
    """Return the findings of all rules, the most severe first."""
    found = [finding for rule in RULES for finding in rule(facts)]
    return sorted(found, key=lambda finding: (SEVERITIES.index(finding.severity), finding.subject))


def all_findings(facts: Facts, judged: Mapping[str, Any], known: Iterable[str]) -> list[Finding]:
    """Return the same, preceded by the names and values that the installed Gunicorn rejects (`judged`)."""
    installed = f"Gunicorn {facts.gunicorn}"
    found = [
        _finding(
            UNKNOWN, ERROR, name, f"{installed} has no such setting.", history_of(name) or did_you_mean(name, known)
        )
        for name in judged["unknown"]
    ]
    for name, problem in judged["invalid"].items():
        why = f"{installed} rejects {facts.settings.get(name)!r}: {problem}"
        found.append(_finding(INVALID, ERROR, name, why, ""))
    rejected = {finding.subject for finding in found}
    return found + [finding for finding in findings(facts) if finding.subject not in rejected]


Rule = Callable[[Facts], list[Finding]]


def _nothing(name: str, why: str, do: str = "Leave it out.") -> Finding:
    return _finding(IDLE, WARNING, name, f"does nothing: {why}", do)


def _finding(kind: str, severity: str, name: str, why: str, do: str) -> Finding:
    """`why` continues a sentence that starts with the setting's name; `do` says what to set instead."""
    return Finding(kind, severity, name, seen=why, fix=do)


def _workers(facts: Facts) -> list[Finding]:
    if facts.number("workers", 1) > 0:
        return []
    why = "is 0: no request would ever be answered, and Gunicorn does not warn."
    return [_finding(HARMFUL, ERROR, "workers", why, "Set at least 1.")]


def _threads(facts: Facts) -> list[Finding]:
    threads = facts.number("threads", 1)
    if threads <= 1 or facts.family in (GTHREAD, OTHER):
        return []
    if facts.family == SYNC:
        why = f"is {threads}: Gunicorn silently uses gthread workers instead of sync."
        return [_finding(HARMFUL, WARNING, "threads", why, "Set `worker_class: gthread`, or leave `threads` out.")]
    return [_nothing("threads", f"{facts.family} workers use an event loop, not threads.")]


def _sync(facts: Facts) -> list[Finding]:
    if facts.family != SYNC or facts.number("threads", 1) > 1:
        return []
    reasons = {
        "keepalive": "a sync worker closes every connection after its response.",
        "worker_connections": "a sync worker handles one connection at a time.",
    }
    return [_nothing(name, why) for name, why in reasons.items() if name in facts.settings]


def _timeout(facts: Facts) -> list[Finding]:
    if not facts.on("timeout") or facts.family == SYNC:
        return []
    why = f"does not end slow requests in {facts.family} workers; it only kills a worker whose main loop is stuck."
    do = "nginx still gives up on the request. Limit slow work in the app itself."
    return [_finding(HARMFUL, NOTE, "timeout", why, do)]


def _graceful(facts: Facts) -> list[Finding]:
    timeout = facts.number("timeout", 30)
    graceful = facts.number("graceful_timeout", timeout)
    if graceful >= timeout:
        return []
    why = f"is {graceful} s, shorter than `timeout` ({timeout} s): a deploy cuts off requests that may take longer."
    return [_finding(HARMFUL, WARNING, "graceful_timeout", why, f"Leave it out; it then defaults to {timeout} s.")]


def _uvicorn(facts: Facts) -> list[Finding]:
    if facts.family != UVICORN:
        return []
    do = "The native class `asgi` (Gunicorn 24.1 or newer) honours it."
    return [_nothing(name, "uvicorn's worker does not read it.", do) for name in _NOT_UVICORN if facts.on(name)]


def _backlog(facts: Facts) -> list[Finding]:
    backlog = facts.number("backlog", BACKLOG)
    if facts.family != ASGI and 0 < facts.somaxconn < backlog:
        why = f"is effectively {facts.somaxconn}: the kernel silently caps {backlog} at net.core.somaxconn."
        do = f"Set gunicorn_host_load.backlog: {backlog} (role gunicorn_host), or a smaller backlog here."
        return [_finding(HARMFUL, WARNING, "backlog", why, do)]
    if facts.family != ASGI or "backlog" not in facts.settings:
        return []
    why = "is effectively 100: when an asgi worker starts, asyncio resets the socket's queue to its own default."
    return [_finding(HARMFUL, WARNING, "backlog", why, "uvicorn_worker.UvicornWorker honours it.")]


def _forwarded(facts: Facts) -> list[Finding]:
    name = "forwarded_allow_ips"
    value = facts.settings.get(name) or ""
    addresses = value if isinstance(value, list) else str(value).split(",")
    if any("/" in str(item) for item in addresses) and not at_least(facts.gunicorn, "24.1"):
        old = not at_least(facts.gunicorn, "22")
        why = f"contains a network, which Gunicorn {facts.gunicorn} " + ("ignores." if old else "rejects at startup.")
        return [_finding(HARMFUL, ERROR, name, why, "List single addresses, or use Gunicorn 24.1 or newer.")]
    if "*" in addresses and not facts.bind.startswith(("unix:", "127.", "[::1]")):
        why = f"is '*', and {facts.bind} is reachable without nginx: any client can claim HTTPS and another address."
        return [_finding(HARMFUL, WARNING, name, why, "List nginx's addresses.")]
    return []


def _recycling(facts: Facts) -> list[Finding]:
    if facts.on("max_requests_jitter") and not facts.on("max_requests"):
        return [_nothing("max_requests_jitter", "without `max_requests` no worker is ever recycled.")]
    return []


def _logging(facts: Facts) -> list[Finding]:
    found = []
    level = facts.settings.get("loglevel")
    if level is not None and str(level).lower() not in LOG_LEVELS:
        why = f"'{level}' is not a log level; Gunicorn silently logs at level info."
        found.append(_finding(HARMFUL, ERROR, "loglevel", why, f"Allowed: {', '.join(LOG_LEVELS)}."))
    own = any(facts.on(name) for name in ("logger_class", "logconfig", "logconfig_dict", "logconfig_json"))
    if facts.on("access_log_format") and not facts.on("accesslog") and not own and facts.family != UVICORN:
        do = "Add `accesslog: '-'` to log to the journal."
        found.append(_nothing("access_log_format", "there is no access log.", do))
    if facts.on("logger_class") and facts.on("statsd_host"):
        found.append(_nothing("statsd_host", "your own `logger_class` replaces the one that sends metrics."))
    for name in ("statsd_prefix", "dogstatsd_tags"):
        if facts.on(name) and not facts.on("statsd_host"):
            found.append(_nothing(name, "`statsd_host` is not set."))
    return found


def _tls(facts: Facts) -> list[Finding]:
    if facts.on("certfile") or facts.on("keyfile"):
        return []
    return [_nothing(name, "without `certfile` Gunicorn does not use TLS.") for name in _SSL if name in facts.settings]


def _protocols(facts: Facts) -> list[Finding]:
    found = []
    if facts.on("proxy_protocol"):
        why = "nginx does not send a PROXY line here, and Gunicorn accepts requests without one."
        do = "Leave it out; the forwarded headers carry the client's address."
        found.append(_nothing("proxy_protocol", why, do))
    if "h2" not in str(facts.settings.get("http_protocols", "")):  # [read]
        found += [_nothing(name, "`http_protocols` does not include h2.") for name in _HTTP2 if name in facts.settings]
    if facts.family not in (ASGI, OTHER):  # [read]
        names = ("asgi_loop", "asgi_lifespan", "asgi_disconnect_grace_period", "websocket_max_message_size")
        found += [_nothing(name, "only worker class `asgi` reads it.") for name in names if name in facts.settings]
    return found


def _unsafe(facts: Facts) -> list[Finding]:
    """Settings that give up a protection of Gunicorn's parser. [read]"""
    found = []
    if str(facts.settings.get("header_map", "")).strip().lower() == "dangerous":
        why = "is 'dangerous': a client's `X_Forwarded_For` reaches the app as if the proxy had sent X-Forwarded-For."
        found.append(_finding(HARMFUL, WARNING, "header_map", why, "Leave it out, or use 'drop' or 'refuse'."))
    if facts.number("limit_request_line", 4094) == 0 and facts.family != UVICORN:
        why = "is 0: a request line may have any length, and a worker keeps it in memory."
        found.append(_finding(HARMFUL, WARNING, "limit_request_line", why, "Set at most 8190."))
    why = "is on: Gunicorn then accepts requests that a proxy reads differently, which lets clients smuggle requests."
    found += [_finding(HARMFUL, WARNING, name, why, "Leave it out.") for name in _LENIENT if facts.on(name)]
    if "umask" in facts.settings:
        why = "systemd opens the socket, and the files of the app follow the unit's UMask=0027."
        found.append(_nothing("umask", why, "Open UMask in `sandbox` if the app needs another."))
    return found


RULES: tuple[Rule, ...] = (
    _workers,
    _threads,
    _sync,
    _timeout,
    _graceful,
    _uvicorn,
    _backlog,
    _forwarded,
    _recycling,
    _logging,
    _tls,
    _protocols,
    _unsafe,
)
