#!/usr/bin/python
# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gunicorn_site_info
short_description: Compare host, apps and proxy with their declaration in one call
version_added: 0.1.0
author:
  - wsgiops contributors (@wsgiops)
description:
  - Checks the options of all three parts on the controller, then inspects the whole host in one call, like the three
    modules in check mode. It never changes anything.
  - The playbook C(wsgiops.gunicorn.site) runs it first, and runs the roles only if something differs.
extends_documentation_fragment:
  - wsgiops.gunicorn.attributes.group_all
  - wsgiops.gunicorn.attributes.reads
  - wsgiops.gunicorn.options.parts
attributes:
  diff_mode:
    description: The modules of the parts show the differences.
seealso:
  - module: wsgiops.gunicorn.gunicorn_host
  - module: wsgiops.gunicorn.gunicorn_apps
  - module: wsgiops.gunicorn.gunicorn_proxy
"""

EXAMPLES = r"""
- name: Compare the whole host with the variables of the roles
  wsgiops.gunicorn.gunicorn_site_info:
  register: site

- name: Compare the whole host with these options
  wsgiops.gunicorn.gunicorn_site_info:
    host:
      platforms: "{{ host_platforms }}"
    apps:
      apps: "{{ gunicorn_apps }}"
      platforms: "{{ apps_platforms }}"
    proxy:
      apps: "{{ gunicorn_apps }}"
      platforms: "{{ proxy_platforms }}"
  register: site
"""

RETURN = r"""
differs:
  description:
    - Whether any part would change something, failed, or cannot tell without a real run (C(upgrade) of an app).
  returned: always
  type: bool
host:
  description: What M(wsgiops.gunicorn.gunicorn_host) returns in check mode.
  returned: always
  type: dict
apps:
  description: What M(wsgiops.gunicorn.gunicorn_apps) returns in check mode.
  returned: always
  type: dict
proxy:
  description: What M(wsgiops.gunicorn.gunicorn_proxy) returns in check mode.
  returned: always
  type: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.options import PARTS
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.answer import finish
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.site import run


def main() -> None:
    module = AnsibleModule(argument_spec=PARTS, supports_check_mode=True)
    finish(module, run)


if __name__ == "__main__":
    main()
