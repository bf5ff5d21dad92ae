#!/usr/bin/python
# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gunicorn_health
short_description: Check the health of an app over HTTP
version_added: 0.1.0
author:
  - wsgiops contributors (@wsgiops)
description:
  - Sends an HTTP request from the host, over a unix socket or TCP, with or without TLS, and checks the response.
    Repeats it with growing pauses until the response is healthy, and fails if it never is.
  - With O(app), this is the health check that a deploy of this collection relies on. It is sent to the app's own
    socket, bypassing nginx. Socket and request are those of the current release; any option set here takes precedence.
  - Redirects are not followed. The redirect itself is the response.
extends_documentation_fragment:
  - wsgiops.gunicorn.attributes.group_app
  - wsgiops.gunicorn.attributes.reads
  - wsgiops.gunicorn.requirements.python
requirements:
  - root, for O(app) and for the sockets that this collection creates
attributes:
  check_mode:
    description: The request is also sent in check mode.
options:
  app:
    description:
      - Name of an app that was deployed with M(wsgiops.gunicorn.gunicorn_apps).
      - Exactly one of O(app), O(url) and O(socket) is required.
    type: str
  instance:
    description: Instance of O(app). By default the only one, or V(web) if there are several.
    type: str
  url:
    description:
      - URL with scheme C(http) or C(https). It must not contain a user name or password; use O(request_headers).
    type: str
  socket:
    description: Absolute path of a unix socket.
    type: str
  path:
    description:
      - URL path, including the query string if there is one. By default that of O(app), else V(/).
      - Mutually exclusive with O(url), which has its own path.
    type: str
  method:
    description: HTTP method. By default that of O(app), else V(GET). The request never has a body.
    type: str
    choices: [GET, HEAD, OPTIONS, POST]
  host:
    description: Host header. By default that of O(app), the one in O(url), or C(localhost). TLS also uses this name.
    type: str
  status:
    description: Healthy status codes. By default those of O(app), else any below 500.
    type: list
    elements: int
  headers:
    description:
      - Response headers, each with a regular expression that its value must match anywhere. An empty expression only
        requires the header to be present.
    type: dict
  body:
    description:
      - Regular expression that the first 64 KiB of the body must match anywhere.
      - Use single quotes. An expression with two opening braces in a row, or with one before C(%) or C(#), also needs
        C(!unsafe), or Jinja interprets it.
    type: raw
  timeout:
    description: Seconds for one complete response. By default that of O(app), else 5.
    type: float
  within:
    description: Seconds for all attempts. By default that of O(app), else 60.
    type: float
  successes:
    description: Number of healthy responses in a row that are required. By default that of O(app), else 1.
    type: int
  attempts:
    description: Maximum number of requests. By default there is no limit until O(within) is over.
    type: int
  request_headers:
    description:
      - Headers to send, for example C(Authorization). Ansible masks the values everywhere in the result.
    type: dict
  validate_certs:
    description:
      - Whether the certificate must be valid for the name in O(host). By default true for O(url), and for O(app) only
        with O(ca_path), because its socket is local.
    type: bool
  ca_path:
    description: File or directory of PEM certificates to trust instead of the host's.
    type: path
seealso:
  - module: wsgiops.gunicorn.gunicorn_apps
  - module: ansible.builtin.uri
"""

EXAMPLES = r"""
- name: Check an app once, with the request that its deploys use
  wsgiops.gunicorn.gunicorn_health:
    app: shop
    attempts: 1

- name: Wait until the streaming workers return the new version, three times in a row
  wsgiops.gunicorn.gunicorn_health:
    app: shop
    instance: stream
    path: /version
    body: '"version": *"1\.4\.2"'
    successes: 3
    within: 30

- name: Check through nginx, with a token
  wsgiops.gunicorn.gunicorn_health:
    url: https://shop.example.com/admin/health?full=1
    status: [200]
    headers:
      Content-Type: ^application/json
    request_headers:
      Authorization: Bearer {{ vault_health_token }}

- name: Check another server on a unix socket
  wsgiops.gunicorn.gunicorn_health:
    socket: /run/other/app.sock
    path: /ping
"""

RETURN = r"""
status:
  description: Status code of the last meaningful response; 0 if there was none.
  returned: when a request was sent
  type: int
  sample: 200
seconds:
  description: Seconds that all attempts took.
  returned: when a request was sent
  type: float
  sample: 0.012
attempts:
  description: Number of requests.
  returned: when a request was sent
  type: int
  sample: 1
seen:
  description:
    - The status line and the headers of O(headers). If the response is not healthy, also the reason, the first 1000
      characters of the body, and the number of attempts with each outcome.
  returned: when a request was sent
  type: str
  sample: 'GET /healthz: 200 OK'
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.health.options import (
    HEALTH_CHECK_OPTIONS,
    HEALTH_CHECK_RULES,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.answer import finish
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.health import run


def main() -> None:
    module = AnsibleModule(argument_spec=HEALTH_CHECK_OPTIONS, supports_check_mode=True, **HEALTH_CHECK_RULES)
    finish(module, run)


if __name__ == "__main__":
    main()
