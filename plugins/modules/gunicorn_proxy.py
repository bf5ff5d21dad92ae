#!/usr/bin/python
# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gunicorn_proxy
short_description: Serve Gunicorn apps through nginx
version_added: 0.1.0
description:
  - Gives every app a site in the distribution's nginx, and makes sure that nginx runs with exactly these sites.
  - All changes are one transaction. The files are written, C(nginx -t) must accept them, and after the reload new
    worker processes must appear; otherwise every previous file is put back and the module fails with nginx's own
    message.
  - Only files named C(00-gunicorn.conf) and C(gunicorn-<app>.conf) that carry this collection's mark of ownership are
    ever written or removed.
  - Besides the files it compares what runs. An nginx that is not running or not enabled, or whose workers are older
    than the last change of its files or certificates, is a change.
extends_documentation_fragment:
  - wsgiops.gunicorn.attributes.converges
  - wsgiops.gunicorn.attributes.group_all
  - wsgiops.gunicorn.options.host_result
  - wsgiops.gunicorn.options.platforms
  - wsgiops.gunicorn.requirements
attributes:
  check_mode:
    description: Predicts exactly the changes that a real run then reports, also where nginx is not installed yet.
options:
  apps:
    description:
      - The apps of the host, as in the variable C(gunicorn_apps).
      - Read of each app are O(apps) keys C(state), C(server_name), C(static), C(instances), C(settings) and C(proxy).
        Everything else, secrets above all, stays on the controller.
    type: dict
    required: true
  platforms:
    description:
      - Where nginx is on each platform, by the C(ID) or C(ID_LIKE) of its C(/etc/os-release).
      - The role passes its own table; copy C(roles/gunicorn_proxy/vars/main.yml) for a use without the role.
  default_site:
    description:
      - What a client gets that asks for a host name which no site has.
      - With V(reject) the connection is closed without an answer (status 444, over TLS no handshake), and the
        distribution's own default site is switched off where nobody has edited it.
      - With V(keep) no site of an app is the default one, and the distribution's stays.
      - An app without C(server_name) is the default site itself, which needs V(reject).
    type: str
    choices: [reject, keep]
    default: reject
  prune:
    description:
      - Remove the sites of apps that are no longer in O(apps).
      - Off by default, because an incomplete O(apps) would take sites down that get requests; such sites are named in
        RV(findings) instead. C(state=absent) removes the site of one app.
    type: bool
    default: false
  trusted_proxies:
    description:
      - Addresses and networks of the load balancers in front of this nginx.
      - From these alone the client's address (C(X-Forwarded-For)), scheme (C(X-Forwarded-Proto)) and request id
        (C(X-Request-ID)) are taken; from everybody else such headers are replaced.
    type: list
    elements: str
    default: []
  backlog:
    description:
      - Connections that may wait on a listening socket until nginx accepts them.
      - The kernel clamps it to C(net.core.somaxconn), and RV(findings) says so. nginx's own default is 511.
    type: int
    default: 2048
  after_install:
    description:
      - Whether the package was installed by the same run, which then reports that nginx was enabled and started.
      - Set by the action plugin.
    type: bool
    default: false
author:
  - wsgiops contributors (@wsgiops)
"""

EXAMPLES = r"""
- name: Serve the shop through nginx
  wsgiops.gunicorn.gunicorn_proxy:
    apps:
      shop:
        app: shop.wsgi:application
        source: {path: /opt/shop, venv: /opt/shop/venv}
        server_name: [shop.example.com]
        static: {/static/: public/static}
        proxy:
          tls: {certificate: /etc/ssl/shop.pem, key: /etc/ssl/private/shop.key}
          client_max_body_size: 20m
    platforms: "{{ __gunicorn_proxy_platforms }}"
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode would be, one line each.
  returned: always
  type: list
  elements: str
  sample: [install package nginx, create /etc/nginx/conf.d/gunicorn-shop.conf, start nginx.service]
findings:
  description: What was left alone and deserves a look, with the variable to set.
  returned: always
  type: list
  elements: dict
  sample:
    - kind: backlog-capped
      severity: warning
      subject: gunicorn_proxy_backlog
      seen: the kernel cuts 2048 to 1024 (net.core.somaxconn) without a word.
      fix: 'Declare gunicorn_host_load.backlog: 2048 (role gunicorn_host), or a smaller one here.'
needs:
  description: What must be brought to the host first; the action plugin does so.
  returned: when nginx is not installed
  type: dict
  sample: {packages: [nginx]}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.options import PROXY_ARGUMENTS
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.answer import finish
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.proxy import run


def main() -> None:
    module = AnsibleModule(argument_spec=PROXY_ARGUMENTS, supports_check_mode=True)
    finish(module, run)


if __name__ == "__main__":
    main()
