#!/usr/bin/python
# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gunicorn_release
short_description: Roll back or prune the releases of a Gunicorn app
version_added: 0.1.0
author:
  - wsgiops contributors (@wsgiops)
description:
  - Works on the releases that M(wsgiops.gunicorn.gunicorn_apps) built on the host. It does not need the declaration,
    the source or the network.
  - A rollback restores code, packages, settings, environment and units together, with the same steps as a deploy. The
    release boots as a canary, a stand-in serves while the service is restarted, all workers must boot and the app must
    be healthy. Otherwise the release that was live stays or is put back.
  - Release commands, such as migrations, are neither run nor undone.
  - The next run of M(wsgiops.gunicorn.gunicorn_apps) deploys what is declared again.
extends_documentation_fragment:
  - wsgiops.gunicorn.attributes.converges
  - wsgiops.gunicorn.attributes.group_app
  - wsgiops.gunicorn.options.app
  - wsgiops.gunicorn.options.deploy_lock
  - wsgiops.gunicorn.requirements
attributes:
  check_mode:
    description: Says which release would be chosen, and what would change.
  diff_mode:
    description: Shows one diff for each unit file.
  idempotent:
    description: Each rollback without O(release) goes back one more release.
    support: partial
options:
  command:
    description:
      - What to do. M(wsgiops.gunicorn.gunicorn_release_info) lists the releases.
      - V(rollback) makes O(release) live or, without it, the release that was live before the current one. A release
        that failed or was rolled back is never chosen automatically.
      - V(prune) removes old releases beyond O(keep), and those that failed more than seven days ago. A release that a
        running process uses is always kept.
    type: str
    choices: [rollback, prune]
    required: true
  release:
    description: The release to roll back to; an unambiguous beginning of its name is enough.
    type: str
  keep:
    description: Number of releases that V(prune) keeps.
    type: int
    default: 5
  strategy:
    description:
      - How V(rollback) replaces running processes, as in
        O(wsgiops.gunicorn.gunicorn_apps#module:apps[].strategy).
    type: str
    choices: [auto, seamless, restart]
    default: auto
seealso:
  - module: wsgiops.gunicorn.gunicorn_apps
  - module: wsgiops.gunicorn.gunicorn_release_info
"""

EXAMPLES = r"""
- name: Roll back to the previous release
  wsgiops.gunicorn.gunicorn_release:
    app: shop
    command: rollback

- name: Roll back to a specific release
  wsgiops.gunicorn.gunicorn_release:
    app: shop
    command: rollback
    release: 4914e199c9f8

- name: Keep no more than three releases
  wsgiops.gunicorn.gunicorn_release:
    app: shop
    command: prune
    keep: 3
"""

RETURN = r"""
changes:
  description: What was changed or, in check mode, would be; one line each, in order.
  returned: always
  type: list
  elements: str
releases:
  description: The releases that are left, as in RV(wsgiops.gunicorn.gunicorn_release_info#module:releases).
  returned: with O(command=prune)
  type: list
  elements: dict
table:
  description: The same as the lines of a table, for people.
  returned: with O(command=prune)
  type: list
  elements: str
current:
  description: The live release.
  returned: with O(command=prune)
  type: str
release:
  description: The release that was rolled back to.
  returned: with O(command=rollback)
  type: str
previous:
  description: The release that was live before.
  returned: with O(command=rollback)
  type: str
steps:
  description: The steps of the rollback, each with its seconds and its verdict.
  returned: with O(command=rollback)
  type: list
  elements: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.options import APP, DEPLOY_LOCK
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.answer import finish
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.release import run


def main() -> None:
    spec = {
        **APP,
        **DEPLOY_LOCK,
        "command": {"type": "str", "choices": ["rollback", "prune"], "required": True},
        "release": {"type": "str"},
        "keep": {"type": "int", "default": 5},
        "strategy": {"type": "str", "choices": ["auto", "seamless", "restart"], "default": "auto"},
    }
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    finish(module, run)


if __name__ == "__main__":
    main()
