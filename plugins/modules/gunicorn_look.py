#!/usr/bin/python
# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gunicorn_look
short_description: Compare a Gunicorn host with its declaration
version_added: 0.1.0
author:
  - wsgiops contributors (@wsgiops)
description:
  - The action plugins of M(wsgiops.gunicorn.gunicorn_site_info) and M(wsgiops.gunicorn.gunicorn_drift) run this module
    on the host. Use those modules instead, because this one expects options that they have already checked.
  - It changes nothing, so the code of a deploy is not sent to the host. This saves time in each run without changes.
extends_documentation_fragment:
  - wsgiops.gunicorn.attributes.reads
  - wsgiops.gunicorn.attributes.group_all
options:
  part:
    description: The module to run.
    type: str
    choices: [gunicorn_site_info, gunicorn_drift]
    required: true
  options:
    description: Its options, complete and checked, as JSON. Treated as secret.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Compare the whole host
  wsgiops.gunicorn.gunicorn_look:
    part: gunicorn_site_info
    options: "{{ checked_options | to_json }}"
"""

RETURN = r"""
differs:
  description: Whether any part would change something; of C(gunicorn_site_info).
  returned: part is V(gunicorn_site_info)
  type: bool
"""

import json
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.answer import Options, finish


def run(options: Options, check_mode: bool) -> Any:
    """Run the part, with its options as JSON; only its own code is compiled on the host."""
    if options["part"] == "gunicorn_drift":
        from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.drift import run as part
    else:
        from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.site import run as part
    return part(json.loads(options["options"]), check_mode)


def main() -> None:
    spec = {
        "part": {"type": "str", "choices": ["gunicorn_site_info", "gunicorn_drift"], "required": True},
        "options": {"type": "str", "required": True, "no_log": True},
    }
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    finish(module, run)


if __name__ == "__main__":
    main()
