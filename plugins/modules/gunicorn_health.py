#!/usr/bin/python
# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gunicorn_health
short_description: Ask an app whether it serves
version_added: 0.1.0
author:
  - wsgiops contributors (@wsgiops)
description:
  - Sends an HTTP request from the host, over a unix socket or TCP, with TLS or without, and compares the answer
    with what is healthy. Asks again with growing pauses until it is, and fails otherwise.
  - With O(app) it is the request that a deploy of the collection rests on. It goes to the app's own socket, without
    nginx between. Socket and request are those of the current release; every option given here takes precedence.
  - Redirects are answers, and not followed.
extends_documentation_fragment:
  - wsgiops.gunicorn.attributes.group_app
  - wsgiops.gunicorn.attributes.reads
  - wsgiops.gunicorn.requirements.python
requirements:
  - root, for O(app) and for the sockets that the collection makes
attributes:
  check_mode:
    description: It asks in check mode as well.
options:
  app:
    description:
      - Name of an app that was deployed with M(wsgiops.gunicorn.gunicorn_apps).
      - Exactly one of O(app), O(url) and O(socket) is required.
    type: str
  instance:
    description: Which instance of O(app). By default the only one, or V(web) where there are several.
    type: str
  url:
    description:
      - Where to ask, with C(http) or C(https). Neither name nor password may be in it; use O(request_headers).
    type: str
  socket:
    description: Absolute path of a unix socket.
    type: str
  path:
    description:
      - URL path, with its query if there is one. By default that of O(app), else V(/).
      - Not together with O(url), which has a path of its own.
    type: str
  method:
    description: Method of the request. By default that of O(app), else V(GET). None has a body.
    type: str
    choices: [GET, HEAD, OPTIONS, POST]
  host:
    description: Host header. By default that of O(app), the one in O(url), or C(localhost). TLS uses this name as well.
    type: str
  status:
    description: Statuses that are healthy. By default those of O(app), else any below 500.
    type: list
    elements: int
  headers:
    description:
      - Headers of the answer, each with a regular expression that is searched in its value. An empty one only asks
        for the header.
    type: dict
  body:
    description:
      - Regular expression that is searched in the first 64 KiB of the body.
      - Quote it with single quotes. One that has two opening braces in a row, or one before C(%) or C(#), needs
        C(!unsafe) as well, or Jinja takes it.
    type: raw
  timeout:
    description: Seconds for one whole answer. By default that of O(app), else 5.
    type: float
  within:
    description: Seconds for all attempts. By default that of O(app), else 60.
    type: float
  successes:
    description: How many healthy answers in a row it takes. By default that of O(app), else 1.
    type: int
  attempts:
    description: How many times it asks at most. By default until O(within) is over.
    type: int
  request_headers:
    description:
      - Headers to send, for example C(Authorization). Ansible hides the values wherever they stand in the result.
    type: dict
  validate_certs:
    description:
      - Whether the certificate must be valid for the name in O(host). By default so for O(url), and for O(app)
        only with O(ca_path), because its socket is local.
    type: bool
  ca_path:
    description: File or directory of PEM certificates to trust instead of the host's.
    type: path
seealso:
  - module: wsgiops.gunicorn.gunicorn_apps
  - module: ansible.builtin.uri
"""

EXAMPLES = r"""
- name: Ask an app once, with the request that its deploys rest on
  wsgiops.gunicorn.gunicorn_health:
    app: shop
    attempts: 1

- name: Wait until the streaming workers answer with the new version, three times in a row
  wsgiops.gunicorn.gunicorn_health:
    app: shop
    instance: stream
    path: /version
    body: '"version": *"1\.4\.2"'
    successes: 3
    within: 30

- name: Ask through nginx, with a password
  wsgiops.gunicorn.gunicorn_health:
    url: https://shop.example.com/admin/health?full=1
    status: [200]
    headers:
      Content-Type: ^application/json
    request_headers:
      Authorization: Bearer {{ vault_health_token }}

- name: Ask another server on a unix socket
  wsgiops.gunicorn.gunicorn_health:
    socket: /run/other/app.sock
    path: /ping
"""

RETURN = r"""
status:
  description: Status of the last telling answer; 0 when there was none.
  returned: when it asked
  type: int
  sample: 200
seconds:
  description: How long it took in all.
  returned: when it asked
  type: float
  sample: 0.012
attempts:
  description: How many times it asked.
  returned: when it asked
  type: int
  sample: 1
seen:
  description:
    - What it saw. The status line, the headers of O(headers), and when it is not healthy the reason, the first 1000
      characters of the body, and the outcomes of all attempts counted.
  returned: when it asked
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
