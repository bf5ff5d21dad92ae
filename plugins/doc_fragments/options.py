# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Options that several modules share; their argument specs are in C(module_utils/_core/base/options.py)."""

    APP = r"""
options:
  app:
    description: Name of the app.
    type: str
    required: true
"""

    DEPLOY_LOCK = r"""
options:
  lock_wait:
    description: Seconds to wait while another run deploys the same app; V(0) fails at once.
    type: float
    default: 0.0
  who:
    description: Who runs the deploy. It is recorded in the history, and shown to other deploys that wait for this one.
    type: str
    default: ''
"""

    PLATFORMS = r"""
options:
  platforms:
    description:
      - The values that depend on the distribution, by C(ID) or C(ID_LIKE) in C(/etc/os-release). The role passes the
        table in its C(vars/main.yml).
    type: dict
    required: true
"""

    HOST_RESULT = r"""
options:
  host:
    description:
      - The result of M(wsgiops.gunicorn.gunicorn_host) from the same play. In check mode on a pristine host, the
        prediction is exact only with it.
      - By default the result that the role P(wsgiops.gunicorn.gunicorn_host#role) registered, if it ran.
    type: dict
    default: {}
"""

    PARTS = r"""
options:
  host:
    description:
      - The options of M(wsgiops.gunicorn.gunicorn_host).
      - By default the variables of the role P(wsgiops.gunicorn.gunicorn_host#role), which must be in the play to
        provide its defaults.
    type: dict
  apps:
    description:
      - The options of M(wsgiops.gunicorn.gunicorn_apps).
      - By default the variables of the role P(wsgiops.gunicorn.gunicorn_apps#role), which must be in the play to
        provide its defaults.
    type: dict
  proxy:
    description:
      - The options of M(wsgiops.gunicorn.gunicorn_proxy).
      - By default the variables of the role P(wsgiops.gunicorn.gunicorn_proxy#role), which must be in the play to
        provide its defaults.
    type: dict
"""
