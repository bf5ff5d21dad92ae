#!/usr/bin/python
# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gunicorn_scale
short_description: Change the number of workers of a Gunicorn app that runs
version_added: 0.1.0
author:
  - wsgiops contributors (@wsgiops)
description:
  - Sends C(TTIN) or C(TTOU) to the master, one for each worker, then waits until every new worker has booted and those
    that are too many have finished. Requests that end within C(graceful_timeout) are answered.
  - The number holds for as long as this master lives and is not reloaded. A deploy, also one that is put back, a
    restart or reload of the service and a reboot bring back the declared one. For good declare C(settings.workers).
  - M(wsgiops.gunicorn.gunicorn_drift) and M(wsgiops.gunicorn.gunicorn_apps) know of the number and take it for the
    declared one. They do not know of signals that somebody sends by hand.
  - Before there are more, one worker boots apart, as a canary, and has to answer. Otherwise nothing is sent and the
    task fails, because a master whose new workers cannot boot ends, and takes those that serve with it.
extends_documentation_fragment:
  - wsgiops.gunicorn.attributes.converges
  - wsgiops.gunicorn.attributes.group_app
  - wsgiops.gunicorn.options.app
  - wsgiops.gunicorn.options.deploy_lock
  - wsgiops.gunicorn.requirements
attributes:
  check_mode:
    description: Says which signals would be sent.
  diff_mode:
    description: There is nothing to compare but two numbers, which C(changes) has.
    support: none
  idempotent:
    description: Where as many workers run as are asked for, nothing is sent.
options:
  instance:
    description: The instance; may be left out where the app has only one.
    type: str
    default: ''
  workers:
    description: How many workers there shall be, from 1 to 1000. Without it as many as are declared.
    type: int
seealso:
  - module: wsgiops.gunicorn.gunicorn_apps
  - module: wsgiops.gunicorn.gunicorn_drift
"""

EXAMPLES = r"""
- name: More workers for the sale
  wsgiops.gunicorn.gunicorn_scale:
    app: shop
    workers: 12

- name: As declared again
  wsgiops.gunicorn.gunicorn_scale:
    app: shop
"""

RETURN = r"""
changes:
  description: What was done, or in check mode would be, one line each and in order.
  returned: success
  type: list
  elements: str
  sample: ['send TTIN 7 times to gunicorn-shop-web.service: 12 workers were requested instead of 5']
workers:
  description: How many workers run now.
  returned: success
  type: int
previous:
  description: How many ran before.
  returned: success
  type: int
declared:
  description: How many the release declares.
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
