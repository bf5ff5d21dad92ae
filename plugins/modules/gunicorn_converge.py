#!/usr/bin/python
# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gunicorn_converge
short_description: Inspect one part of a Gunicorn host, and change what differs
version_added: 0.1.0
author:
  - wsgiops contributors (@wsgiops)
description:
  - The action plugins of M(wsgiops.gunicorn.gunicorn_host), M(wsgiops.gunicorn.gunicorn_apps) and
    M(wsgiops.gunicorn.gunicorn_proxy) run this module on the host. Use those modules instead, because this one expects
    options that they have already checked.
  - Ansible packages each module once per run. A single module for all parts needs one package instead of several,
    which saves much of the time of a run.
extends_documentation_fragment:
  - wsgiops.gunicorn.attributes.converges
  - wsgiops.gunicorn.attributes.group_all
attributes:
  diff_mode:
    description: Shows one difference for each file and setting.
options:
  part:
    description: The module to run.
    type: str
    choices: [gunicorn_host, gunicorn_apps, gunicorn_proxy]
    required: true
  options:
    description: Its options, complete and checked, as JSON. Treated as secret.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Make the host ready for Gunicorn
  wsgiops.gunicorn.gunicorn_converge:
    part: gunicorn_host
    options: "{{ checked_options | to_json }}"
"""

RETURN = r"""
changes:
  description: What was changed, or would be in check mode, one line each and in order.
  returned: always
  type: list
  elements: str
"""


from ansible.module_utils.basic import AnsibleModule
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.answer import finish
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.parts import PARTS, run


def main() -> None:
    spec = {
        "part": {"type": "str", "choices": list(PARTS), "required": True},
        "options": {"type": "str", "required": True, "no_log": True},
    }
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    finish(module, run)


if __name__ == "__main__":
    main()
