#!/usr/bin/python
# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gunicorn_import_check
short_description: Import an app exactly as its Gunicorn service would
version_added: 0.1.0
author:
  - wsgiops contributors (@wsgiops)
description:
  - Imports the app in a separate systemd unit, with the interpreter, user, environment, working directory, limits and
    sandbox of the service, and with a time limit. This finds what would keep workers from booting before anything is
    restarted, and reports where in the app's code it is.
  - Checks either an app that this collection has deployed (O(app)), or any code on the host (O(target)).
  - Changes nothing itself, but it runs the app's code. Any side effects of importing the app also happen here.
extends_documentation_fragment:
  - wsgiops.gunicorn.attributes.group_app
  - wsgiops.gunicorn.attributes.reads
  - wsgiops.gunicorn.requirements
requirements:
  - CPython >= 3.7 with Gunicorn 20.1 or newer in the app's virtual environment
options:
  app:
    description: Name of an app of M(wsgiops.gunicorn.gunicorn_apps) that has a release on the host.
    type: str
  release:
    description: Release of O(app) to check. By default the current one.
    type: str
  instance:
    description:
      - Instance whose unit is used. By default V(web), or the first one if there is no V(web); the kind of the app is
        then compared with the worker class of every instance.
    type: str
  target:
    description: The app as Gunicorn would be told, C(module:callable) or C(module:factory(\)).
    type: str
  python:
    description: Interpreter of the virtual environment that has the app's packages and Gunicorn.
    type: str
  directory:
    description: Working directory of the service. It comes first on the search path.
    type: str
  user:
    description: User of the service. V(root) is refused, also under another name.
    type: str
  env:
    description: Environment of the service.
    type: dict
    default: {}
  secret_env:
    description:
      - The same for secret values. They are masked in everything that the module returns.
    type: dict
    default: {}
  sandbox:
    description: Whether O(target) is imported inside the sandbox that M(wsgiops.gunicorn.gunicorn_apps) gives to apps.
    type: bool
    default: true
  worker_class:
    description: Worker class that will serve O(target). If set, the kind of the app must fit it.
    type: str
  try_sandbox:
    description:
      - Directives of the sandbox to open for a second import, if the first one fails. Each is C(Directive), which opens
        it to its usual value, or C(Directive=value).
      - The app's code then runs once with less protection, as its service user. If that import passes, the module
        succeeds, and a warning shows what to declare in C(sandbox) of the app. The reason is for you to write.
      - >-
        Allowed are V(ProtectHome), V(PrivateTmp), V(PrivateDevices), V(PrivateUsers), V(DevicePolicy), V(ProtectProc),
        V(ProcSubset), V(ProtectClock), V(ProtectControlGroups), V(ProtectHostname), V(ProtectKernelLogs),
        V(ProtectKernelTunables), V(RestrictAddressFamilies), V(RestrictRealtime), V(LockPersonality),
        V(MemoryDenyWriteExecute) and V(SystemCallFilter).
      - Others are refused. Without V(ProtectSystem), V(RestrictSUIDSGID) or V(ProtectKernelModules) a hostile app could
        leave something behind that stays, without V(NoNewPrivileges), V(CapabilityBoundingSet) or
        V(AmbientCapabilities) it could gain rights of root, and without V(RestrictNamespaces) more of the kernel is
        open to attacks than without any other.
    type: list
    elements: str
    default: []
  timeout:
    description: Seconds that the import may take.
    type: int
    default: 30
notes:
  - If the sandbox may be what blocks the import, the report names the directives that it suspects. That is only a guess
    from what the app itself reports; nothing is opened because of it. Use O(try_sandbox) to find out.
  - Workers of class C(gevent) patch the standard library before they import the app. This check does not.
seealso:
  - module: wsgiops.gunicorn.gunicorn_apps
"""

EXAMPLES = r"""
- name: Check that the app can still be imported
  wsgiops.gunicorn.gunicorn_import_check:
    app: shop

- name: Check an earlier release before rolling back to it
  wsgiops.gunicorn.gunicorn_import_check:
    app: shop
    release: 2b7fcd52d032

- name: Find out whether a release that failed works if it can read home directories
  wsgiops.gunicorn.gunicorn_import_check:
    app: shop
    release: 2b7fcd52d032
    try_sandbox:
      - ProtectHome=read-only

- name: Check code that somebody else has deployed
  wsgiops.gunicorn.gunicorn_import_check:
    target: shop.wsgi:application
    python: /opt/shop/venv/bin/python
    directory: /opt/shop
    user: shop
    env:
      DJANGO_SETTINGS_MODULE: shop.settings
    secret_env:
      SECRET_KEY: "{{ vault_shop_secret_key }}"
    worker_class: gthread
    timeout: 60
"""

RETURN = r"""
report:
  description:
    - The result of the import. Values are null if the import did not get that far.
  returned: when the import was tried
  type: dict
  contains:
    ok:
      description: Whether Gunicorn can serve the app.
      type: bool
    kind:
      description:
        - V(wsgi) or V(asgi); V(factory) for a callable that returns an app but is not one; V(other) for a callable with
          neither interface; V(unknown) if its signature is not known.
      type: str
    factory:
      description: Whether the target calls a factory. RV(report.kind) is then that of its result.
      type: bool
    seconds:
      description: How long the import took.
      type: float
    memory_bytes:
      description: Resident memory of the process after the import.
      type: int
    import_bytes:
      description: Memory that the import has added to it.
      type: int
    gunicorn:
      description: Version of the Gunicorn that imported the app.
      type: str
    python:
      description: Version of the interpreter.
      type: str
    output_bytes:
      description: Number of bytes that the app printed during the import.
      type: int
    trial:
      description: What the import with O(try_sandbox) has shown.
      returned: when it passed
      type: dict
      contains:
        needed:
          description: Whether the import failed inside the unit's own sandbox. If it passed, nothing was opened.
          type: bool
        opened:
          description: The directives, with their values.
          type: list
          elements: dict
  sample:
    ok: true
    kind: wsgi
    factory: false
    seconds: 0.412
    memory_bytes: 61865984
    import_bytes: 36700160
    gunicorn: 27.0.1
    python: 3.13.5
    output_bytes: 0
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.answer import finish
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.import_check import run


def main() -> None:
    spec = {
        "app": {"type": "str"},
        "release": {"type": "str"},
        "instance": {"type": "str"},
        "target": {"type": "str"},
        "python": {"type": "str"},
        "directory": {"type": "str"},
        "user": {"type": "str"},
        "env": {"type": "dict", "default": {}},
        "secret_env": {"type": "dict", "default": {}, "no_log": True},
        "sandbox": {"type": "bool", "default": True},
        "worker_class": {"type": "str"},
        "try_sandbox": {"type": "list", "elements": "str", "default": []},
        "timeout": {"type": "int", "default": 30},
    }
    module = AnsibleModule(
        argument_spec=spec,
        supports_check_mode=True,
        required_one_of=[("app", "target")],
        mutually_exclusive=[("app", "target")],
        required_by={"target": ("python", "directory", "user"), "release": "app", "instance": "app"},
    )
    finish(module, run)


if __name__ == "__main__":
    main()
