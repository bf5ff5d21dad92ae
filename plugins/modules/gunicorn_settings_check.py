#!/usr/bin/python
# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gunicorn_settings_check
short_description: Check settings with an installed Gunicorn, and report those that are ignored or harmful
version_added: 0.1.0
author:
  - wsgiops contributors (@wsgiops)
description:
  - Gunicorn ignores unknown names, and accepts many values that have no effect or cause harm. This module asks the
    installed Gunicorn about names, values and worker class, and adds what Gunicorn does not report.
  - Checks either the settings of an app that this collection has deployed (O(app)), or any settings and settings file
    against the Gunicorn of an interpreter (O(python)).
  - Fails if a finding is an error.
  - Changes nothing. A settings file is Python and is run, as O(user), in a unit that cannot write anywhere.
extends_documentation_fragment:
  - wsgiops.gunicorn.attributes.group_app
  - wsgiops.gunicorn.attributes.reads
  - wsgiops.gunicorn.requirements
requirements:
  - CPython >= 3.7 with Gunicorn 20.1 or newer, for which the settings are meant
options:
  app:
    description:
      - Name of an app of M(wsgiops.gunicorn.gunicorn_apps); the settings of its current release are checked. Its
        Gunicorn is asked as the user that the units of the release name.
    type: str
  python:
    description: Interpreter whose Gunicorn is asked.
    type: str
  settings:
    description: Settings by name.
    type: dict
    default: {}
  config:
    description: Path of a settings file on the host, such as C(gunicorn.conf.py).
    type: str
  directory:
    description: Working directory in which O(config) is run. By default the file's own directory.
    type: str
  user:
    description: User who runs O(config). V(root) is refused, also under another name.
    type: str
    default: nobody
seealso:
  - module: wsgiops.gunicorn.gunicorn_apps
  - module: wsgiops.gunicorn.gunicorn_import_check
"""

EXAMPLES = r"""
- name: Check the settings of a deployed app
  wsgiops.gunicorn.gunicorn_settings_check:
    app: shop

- name: Check a file that somebody else maintains
  wsgiops.gunicorn.gunicorn_settings_check:
    python: /opt/shop/venv/bin/python
    config: /opt/shop/gunicorn.conf.py
    user: shop
  register: checked

- name: Fail on warnings too
  ansible.builtin.assert:
    that: checked.findings | selectattr('severity', 'eq', 'warning') | length == 0
"""

RETURN = r"""
gunicorn:
  description: Version of the Gunicorn that was asked.
  returned: when Gunicorn could be asked
  type: str
  sample: 27.0.1
findings:
  description: The findings, the most severe first.
  returned: when Gunicorn could be asked
  type: list
  elements: dict
  contains:
    instance:
      description: The instance of O(app); empty otherwise.
      type: str
    kind:
      description: V(setting-unknown), V(setting-invalid), V(setting-harmful) or V(setting-idle).
      type: str
    severity:
      description:
        - V(error), V(warning) for settings that have no effect or cause harm, V(note) for settings that are easily
          misunderstood.
      type: str
    subject:
      description: The setting.
      type: str
    seen:
      description: What is wrong with it.
      type: str
    fix:
      description: What to set instead.
      type: str
  sample:
    - instance: web
      kind: setting-idle
      severity: warning
      subject: keepalive
      seen: 'does nothing: a sync worker closes every connection after its response.'
      fix: Leave it out.
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.answer import finish
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.settings_check import run


def main() -> None:
    spec = {
        "app": {"type": "str"},
        "python": {"type": "str"},
        "settings": {"type": "dict", "default": {}},
        "config": {"type": "str"},
        "directory": {"type": "str"},
        "user": {"type": "str", "default": "nobody"},
    }
    module = AnsibleModule(
        argument_spec=spec,
        supports_check_mode=True,
        required_one_of=[("app", "python")],
        mutually_exclusive=[("app", "python"), ("app", "config")],
    )
    finish(module, run)


if __name__ == "__main__":
    main()
