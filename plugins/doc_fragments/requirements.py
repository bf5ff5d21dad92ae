# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What the modules need on the host."""

    DOCUMENTATION = r"""
options: {}
requirements:
  - systemd on the host
  - python >= 3.9 on the host
"""

    # For modules that do not need systemd.
    PYTHON = r"""
options: {}
requirements:
  - python >= 3.9 on the host
"""
