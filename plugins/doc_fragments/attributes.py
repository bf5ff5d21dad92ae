# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The modules' attributes, such as check mode; what a module documents itself takes precedence, key by key."""

    # The groups of `meta/runtime.yml`.
    GROUP_ALL = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/wsgiops.gunicorn.all) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - wsgiops.gunicorn.all
"""

    GROUP_APP = r"""
options: {}
attributes:
  action_group:
    description:
      - Use C(group/wsgiops.gunicorn.app) in C(module_defaults) to set O(app) once for all modules that have it, or
        C(group/wsgiops.gunicorn.all) to set defaults for all modules.
    support: full
    membership:
      - wsgiops.gunicorn.all
      - wsgiops.gunicorn.app
"""

    # For modules that bring a host into its declared state.
    CONVERGES = r"""
options: {}
attributes:
  check_mode:
    description: Predicts exactly the changes that a real run then reports.
    support: full
  diff_mode:
    description: Shows one difference for each file.
    support: full
  idempotent:
    description: A second run changes nothing.
    support: full
"""

    # For modules that change nothing.
    READS = r"""
options: {}
attributes:
  check_mode:
    description: It does the same in check mode.
    support: full
  diff_mode:
    description: It changes nothing, so there is no difference to show.
    support: none
  idempotent:
    description: It changes nothing.
    support: full
"""
