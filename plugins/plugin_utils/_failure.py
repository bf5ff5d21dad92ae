# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A failed task as people read it: one block in the terminal, and a result that does not repeat it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._reports.text import visible

# Ansible prints the result of a failed task as one line of JSON: only what a handler of the failure needs stays in it.
KEPT = ("failed", "changed", "changes", "failure", "release", "previous")


def blocks(host: str, result: Mapping[str, Any]) -> list[str]:
    """One block of text for each failure in the result, with the line breaks of its evidence."""
    if not result.get("failure"):
        return []
    apps = {name: app["failure"] for name, app in result.get("apps", {}).items() if app.get("failure")}
    if apps:
        return [block(f"{host} {name}", failure) for name, failure in apps.items()]
    return [block(host, result["failure"])]


def block(title: str, failure: Mapping[str, str]) -> str:
    """The title, then the parts of the failure, indented; control characters of foreign text are escaped."""
    step = f" at step '{failure['step']}'" if failure.get("step") else ""
    return "\n".join([f"{title}: failed{step}", *_indented(failure)])


def _indented(failure: Mapping[str, str]) -> Iterator[str]:
    for part, indent in (("cause", "  "), ("evidence", "    "), ("restored", "  ")):
        yield from (f"{indent}{visible(line)}".rstrip() for line in failure.get(part, "").splitlines())


def shortened(result: Mapping[str, Any]) -> dict[str, Any]:
    """The result with a message of cause and consequence, and with nothing of the apps but what became of each."""
    short = dict(result)
    if not result.get("failure"):
        return short
    if "apps" in result:
        short["apps"] = {name: {key: app[key] for key in KEPT if app.get(key)} for name, app in result["apps"].items()}
        del short["failure"]  # each app has its own
    else:
        short["msg"] = message(result["failure"])
    return short


def message(failure: Mapping[str, str]) -> str:
    """Cause and consequence; the evidence stands in the failure's own field."""
    return "\n".join(part for part in (failure["cause"], failure["restored"]) if part)
