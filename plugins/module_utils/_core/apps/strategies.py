# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The names of the strategies, and why an app cannot use `reload`."""

from __future__ import annotations

AUTO, SEAMLESS, RESTART, RELOAD = "auto", "seamless", "restart", "reload"
STRATEGIES = (AUTO, SEAMLESS, RESTART, RELOAD)
OWN_PATHS = (
    "'reload' would load the old code and settings again: every release has its own paths, and a running master keeps "
    "those that it was started with."
)
PRELOADED = "'reload' would not load the new code: with `preload_app` the master keeps the code that it has loaded."
OTHER_STRATEGIES = "Use 'seamless' or 'restart'."
