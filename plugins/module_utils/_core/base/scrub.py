# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keep secrets out of all output: results, evidence, journal lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

SHORTEST = 4  # shorter values occur in ordinary words and numbers; masking them would garble the message
MASK = "********"


def scrub(text: str, secrets: Iterable[str]) -> str:
    """Replace every secret with a mask; longer ones first, because one may contain another."""
    for secret in sorted(set(secrets), key=len, reverse=True):
        if len(secret) >= SHORTEST:
            text = text.replace(secret, MASK)
            if "\n" in secret:
                for line in secret.splitlines():
                    if len(line) >= SHORTEST * 2:
                        text = text.replace(line, MASK)
    return text


def scrub_all(value: Any, secrets: Iterable[str]) -> Any:
    """Apply `scrub` to every text in a result, at any depth."""
    hidden = [secret for secret in set(secrets) if len(secret) >= SHORTEST]
    if not hidden:
        return value
    if isinstance(value, str):
        return scrub(value, hidden)
    if isinstance(value, Mapping):
        return {key: scrub_all(item, hidden) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [scrub_all(item, hidden) for item in value]
    return value
