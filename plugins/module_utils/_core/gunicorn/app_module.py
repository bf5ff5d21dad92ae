# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gunicorn's APP_MODULE argument: the app's module, and the callable in it."""

from __future__ import annotations

import re

# module.path, module.path:name or module.path:factory("x")
APP_MODULE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*(:[A-Za-z_][^\x00-\x1f]*)?\Z")
