#!/usr/bin/python
# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gunicorn_scale
short_description: Change the number of workers of a running Gunicorn app
version_added: 0.1.0
author:
  - wsgiops contributors (@wsgiops)
description:
  - Sends C(TTIN) or C(TTOU) to the master, one signal per worker, then waits until every new worker has booted and
    surplus workers have finished. Requests that end within C(graceful_timeout) are answered.
  - The number holds until the master exits or is reloaded. A deploy (even one that is rolled back), a restart or reload
    of the service, and a reboot restore the declared number. To change it permanently, declare C(settings.workers).
  - M(wsgiops.gunicorn.gunicorn_drift) and M(wsgiops.gunicorn.gunicorn_apps) know the number and treat it as declared.
    They do not know about signals that somebody sends by hand.
  - Before scaling up, one worker is booted separately, as a canary, and must pass its health check. If it does not, no
    signal is sent and the task fails, because a master whose new workers cannot boot exits and takes the serving ones
    with it.
extends_documentation_fragment:
  - wsgiops.gunicorn.attributes.converges
  - wsgiops.gunicorn.attributes.group_app
  - wsgiops.gunicorn.options.app
  - wsgiops.gunicorn.options.deploy_lock
  - wsgiops.gunicorn.requirements
attributes:
  check_mode:
    description: Reports which signals would be sent.
  diff_mode:
    description: Only two numbers differ, and C(changes) has both.
    support: none
  idempotent:
    description: If the number of workers is already the requested one, no signal is sent.
options:
  instance:
    description: Name of the instance. May be omitted if the app has only one.
    type: str
    default: ''
  workers:
    description: Number of workers to run, from 1 to 1000. If omitted, the declared number.
    type: int
seealso:
  - module: wsgiops.gunicorn.gunicorn_apps
  - module: wsgiops.gunicorn.gunicorn_drift
"""

EXAMPLES = r"""
- name: Run more workers for the sale
  wsgiops.gunicorn.gunicorn_scale:
    app: shop
    workers: 12

- name: Return to the declared number
  wsgiops.gunicorn.gunicorn_scale:
    app: shop
"""

RETURN = r"""
changes:
  description: What was done, or would be done in check mode, one line each and in order.
  returned: success
  type: list
  elements: str
  sample: ['send TTIN 7 times to gunicorn-shop-web.service: scale from 5 to 12 workers']
workers:
  description: Number of workers now.
  returned: success
  type: int
previous:
  description: Number of workers before.
  returned: success
  type: int
declared:
  description: Number of workers that the release declares.
  returned: success
  type: int
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.options import APP, DEPLOY_LOCK
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.answer import finish
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.scale import run


def main() -> None:
    spec = {
        **APP,
        **DEPLOY_LOCK,
        "instance": {"type": "str", "default": ""},
        "workers": {"type": "int"},
    }
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    finish(module, run)


if __name__ == "__main__":
    main()
