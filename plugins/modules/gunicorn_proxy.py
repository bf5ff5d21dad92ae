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
    worker processes must appear. Otherwise all previous files are restored, and the module fails with nginx's own
    message.
  - The module only writes or removes files named C(00-gunicorn.conf) and C(gunicorn-<app>.conf) that begin with this
    collection's marker.
  - It compares not only the files, but also the running nginx. If nginx is not running or not enabled, or its workers
    are older than the last change to its files or certificates, that is a change.
extends_documentation_fragment:
  - wsgiops.gunicorn.attributes.converges
  - wsgiops.gunicorn.attributes.group_all
  - wsgiops.gunicorn.options.host_result
  - wsgiops.gunicorn.options.platforms
  - wsgiops.gunicorn.requirements
attributes:
  check_mode:
    description: Predicts exactly the changes that a real run then reports, even if nginx is not installed yet.
options:
  apps:
    description:
      - The apps of the host, as in the variable C(gunicorn_apps).
      - Of each app, only the keys C(state), C(server_name), C(static), C(instances), C(settings) and C(proxy) are used.
        Everything else, in particular secrets, stays on the controller.
    type: dict
    required: true
  platforms:
    description:
      - The paths and names of nginx on each platform, by C(ID) or C(ID_LIKE) in C(/etc/os-release).
      - The role passes its own table. To use the module without the role, copy C(roles/gunicorn_proxy/vars/main.yml).
  default_site:
    description:
      - What happens if a client requests a host name that no site has.
      - With V(reject), the connection is closed without a response (status 444; with TLS, the handshake is rejected),
        and the distribution's default site is disabled unless somebody has edited it. If a client names a site in the
        handshake and another host in the request, it gets 421.
      - With V(keep), no app becomes the default site, and the distribution's default site stays.
      - An app without C(server_name) becomes the default site itself, which requires V(reject).
    type: str
    choices: [reject, keep]
    default: reject
  prune:
    description:
      - Remove the sites of apps that are no longer in O(apps).
      - Off by default, because an incomplete O(apps) would remove sites that are in use. Such sites are reported in
        RV(findings) instead. To remove the site of one app, set its C(state=absent).
    type: bool
    default: false
  trusted_proxies:
    description:
      - Addresses and networks of the load balancers in front of this nginx.
      - Only they may set the client's address (C(X-Forwarded-For)), the scheme (C(X-Forwarded-Proto)), the port
        (C(X-Forwarded-Port)) and the request ID (C(X-Request-ID)). From all other clients, these headers are replaced.
      - Networks that must include strangers are refused, namely public ones wider than C(/10) (IPv6 C(/20)).
    type: list
    elements: str
    default: []
  trusted_headers:
    description:
      - Headers that the load balancers set and that the app gets from them, for example C(X-Forwarded-User) or
        C(X-Forwarded-Prefix). By default nginx drops such headers, whoever sends them.
      - The load balancers must remove these headers from what clients send.
    type: list
    elements: str
    default: []
  public_ports:
    description:
      - Ports through which clients reach nginx, other than those that it listens on, because a container publishes
        them or a router forwards them.
      - The app then gets them in C(Host) and C(X-Forwarded-Port). Any other port in C(Host) is replaced by the one
        on which nginx accepted the connection.
    type: list
    elements: int
    default: []
  backlog:
    description:
      - Number of connections that may wait on a listening socket until nginx accepts them.
      - The kernel caps it at C(net.core.somaxconn), which is reported in RV(findings). nginx's own default is 511.
    type: int
    default: 2048
  client_header_timeout:
    description: Seconds within which a client must send all headers of a request.
    type: int
    default: 20
  client_body_timeout:
    description: Seconds that may pass between two parts of a request body.
    type: int
    default: 60
  send_timeout:
    description: Seconds that may pass until a client accepts more of a response.
    type: int
    default: 60
  keepalive_timeout:
    description: Seconds for which an idle connection of a client stays open.
    type: int
    default: 75
  large_client_header_buffers:
    description: Number and size of the buffers for request lines and headers.
    type: str
    default: 4 8k
  limit_conn:
    description:
      - Requests of one client address that may be in progress at the same time, over all sites; further ones get
        429. V(0) sets no limit.
    type: int
    default: 1000
  after_install:
    description:
      - Whether this run has installed the package, so that it also reports that nginx was enabled and started.
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
  description: What was changed, or would be in check mode, one line each.
  returned: always
  type: list
  elements: str
  sample: [install package nginx, create /etc/nginx/conf.d/gunicorn-shop.conf, start nginx.service]
findings:
  description: Problems that the module does not correct, with the variable to set.
  returned: always
  type: list
  elements: dict
  sample:
    - kind: backlog-capped
      severity: warning
      subject: gunicorn_proxy_backlog
      seen: the kernel silently caps 2048 at 1024 (net.core.somaxconn).
      fix: 'Declare gunicorn_host_load.backlog: 2048 (role gunicorn_host), or a smaller backlog here.'
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
