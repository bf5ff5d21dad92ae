# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What build commands do without, in words: for those that failed because of it."""

from __future__ import annotations

from collections.abc import Iterable


def missing_in_build(app: str, network: bool, secrets: Iterable[str]) -> list[str]:
    """Return one hint for each thing that a command did not have: the network, and these secrets."""
    hints = []
    if not network:
        hints.append(f"Build commands have no network; to allow it, set gunicorn_apps.{app}.build_network: true.")
    names = sorted(secrets)
    if names:
        listed = ", ".join(names)
        hints.append(f"Build commands do not get {listed}; name what they need in gunicorn_apps.{app}.build_secrets.")
    return hints
