#!/usr/bin/python
# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gunicorn_release_info
short_description: List the releases of a Gunicorn app
version_added: 0.1.0
author:
  - wsgiops contributors (@wsgiops)
description:
  - Lists the releases that M(wsgiops.gunicorn.gunicorn_apps) built on the host, which one is live, and what happened to
    the others. It does not need the declaration.
extends_documentation_fragment:
  - wsgiops.gunicorn.attributes.group_app
  - wsgiops.gunicorn.attributes.reads
  - wsgiops.gunicorn.options.app
  - wsgiops.gunicorn.requirements.python
seealso:
  - module: wsgiops.gunicorn.gunicorn_apps
  - module: wsgiops.gunicorn.gunicorn_release
"""

EXAMPLES = r"""
- name: List the releases on this host
  wsgiops.gunicorn.gunicorn_release_info:
    app: shop
  register: shop

- name: Show them
  ansible.builtin.debug:
    msg: "{{ shop.table }}"
"""

RETURN = r"""
releases:
  description:
    - The releases on the host, newest first. C(result) is V(live), V(was live),
      V(rolled back), V(failed), V(never live), or V(unusable) if its manifest cannot be read; C(why) gives
      the reason.
  returned: always
  type: list
  elements: dict
  sample:
    - release: 4914e199c9f8
      result: live
      version: v1.4.2
      gunicorn: 27.0.1
      created: '2026-11-24T04:27:06Z'
      when: '2026-11-24T04:27:09Z'
      who: ann@laptop
      seconds: 3.1
      why: ''
table:
  description: The releases as the lines of a table, for people.
  returned: always
  type: list
  elements: str
current:
  description: The live release.
  returned: always
  type: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.options import APP
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.answer import finish
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.release_info import run


def main() -> None:
    module = AnsibleModule(argument_spec=APP, supports_check_mode=True)
    finish(module, run)


if __name__ == "__main__":
    main()
