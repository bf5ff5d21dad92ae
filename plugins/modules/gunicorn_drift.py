#!/usr/bin/python
# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gunicorn_drift
short_description: Compare the declaration with what is on disk and what is running
version_added: 0.1.0
author:
  - wsgiops contributors (@wsgiops)
description:
  - Reports what a run of the roles would change, and also where the running host differs from the declaration - files
    of releases that were changed after they were built, packages that were installed manually, the number of workers,
    the limits and queues in force, and drop-ins, processes and listening addresses that are not declared.
  - It changes nothing, needs no network except for C(git) sources, and takes a single call to the host.
  - The task fails if there is drift, unless O(fail=false). A host that could not be checked counts as unreachable, so
    that C(ansible-playbook) exits with 2 for drift and with a different status if something was not checked.
extends_documentation_fragment:
  - wsgiops.gunicorn.attributes.group_all
  - wsgiops.gunicorn.attributes.reads
  - wsgiops.gunicorn.options.parts
attributes:
  diff_mode:
    description: Use the modules of the parts to see the differences.
options:
  ignore:
    description: Accepted differences, each with a reason and a date after which it is reported again.
    type: list
    elements: dict
    default: []
    suboptions:
      kind:
        description: Kind of the finding, or a pattern such as V(file-*). By default any.
        type: str
      app:
        description: Name of the app, or a pattern. V('') is the host itself. By default any, including the host itself.
        type: str
      subject:
        description: File, unit, setting or address, or a pattern. By default any.
        type: str
      reason:
        description: Why the difference is accepted. The report shows it.
        type: str
        required: true
      until:
        description: Last day (C(YYYY-MM-DD)) on which it is accepted.
        type: str
        required: true
  fail:
    description: Whether the task fails if there is drift.
    type: bool
    default: true
seealso:
  - module: wsgiops.gunicorn.gunicorn_site_info
"""

EXAMPLES = r"""
- name: Look for drift from what the roles' variables declare
  wsgiops.gunicorn.gunicorn_drift:

- name: Look for drift from what is declared here, and accept one difference
  wsgiops.gunicorn.gunicorn_drift:
    host:
      platforms: "{{ host_platforms }}"
    apps:
      apps: "{{ gunicorn_apps }}"
      platforms: "{{ apps_platforms }}"
    proxy:
      apps: "{{ gunicorn_apps }}"
      platforms: "{{ proxy_platforms }}"
    ignore:
      - kind: sysctl-live
        subject: net.core.somaxconn
        reason: The database team measures with other values
        until: "2027-01-31"
"""

RETURN = r"""
findings:
  description: The differences, the most severe first.
  returned: when the host could be checked
  type: list
  elements: dict
  contains:
    kind:
      description: Kind of the difference, for example C(worker-count). The documentation lists all kinds.
      type: str
    severity:
      description: V(error), V(warning) or V(note).
      type: str
    app:
      description: The app, or '' for what belongs to the host.
      type: str
    subject:
      description: File, unit, setting or address.
      type: str
    declared:
      description: What is declared.
      type: str
    disk:
      description: What is on disk.
      type: str
    running:
      description: What is running.
      type: str
    since:
      description: Since when, as far as that is known.
      type: str
    fix:
      description: How to fix it.
      type: str
ignored:
  description: Findings that O(ignore) accepts, each with C(reason) and C(until).
  returned: when the host could be checked
  type: list
  elements: dict
expired:
  description: Entries of O(ignore) whose date has passed.
  returned: when the host could be checked
  type: list
  elements: dict
unused:
  description: Entries of O(ignore) whose date has not passed, but that match no finding on this host.
  returned: when the host could be checked
  type: list
  elements: dict
checked:
  description: What was checked.
  returned: when the host could be checked
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.options import PARTS
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.answer import finish
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.drift import run


def main() -> None:
    accepted = {
        "kind": {"type": "str"},
        "app": {"type": "str"},
        "subject": {"type": "str"},
        "reason": {"type": "str", "required": True},
        "until": {"type": "str", "required": True},
    }
    spec = {
        **PARTS,
        "ignore": {"type": "list", "elements": "dict", "default": [], "options": accepted},
        "fail": {"type": "bool", "default": True},
    }
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    finish(module, run)


if __name__ == "__main__":
    main()
