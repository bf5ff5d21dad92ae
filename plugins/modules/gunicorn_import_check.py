#!/usr/bin/python
# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gunicorn_import_check
short_description: Import an app as Gunicorn would, where its service would
version_added: 0.1.0
author:
  - wsgiops contributors (@wsgiops)
description:
  - Imports the app in a systemd unit of its own, with the interpreter, user, environment, working directory, limits and
    sandbox of the service, and with a time limit. It finds what would keep workers from booting before anything is
    restarted, and says where in the app's code it is.
  - Checks either an app that this collection has deployed (O(app)), or any code on the host (O(target)).
  - Changes nothing itself, but it runs the app's code. What that does when it is imported, it does here as well.
extends_documentation_fragment:
  - wsgiops.gunicorn.attributes.group_app
  - wsgiops.gunicorn.attributes.reads
  - wsgiops.gunicorn.requirements
requirements:
  - CPython >= 3.7 with Gunicorn 20.1 or newer where the app lives
options:
  app:
    description: Name of an app of M(wsgiops.gunicorn.gunicorn_apps) that has a release on the host.
    type: str
  release:
    description: Which release of O(app); the current one unless given.
    type: str
  instance:
    description:
      - Whose unit is used. Without it, that of V(web) or of the first, and the kind of the app is compared with
        the worker class of every instance.
    type: str
  target:
    description: What Gunicorn would be given, C(module:callable) or C(module:factory(\)).
    type: str
  python:
    description: Interpreter of the virtual environment that has the app's packages and Gunicorn.
    type: str
  directory:
    description: Working directory of the service. It comes first on the search path.
    type: str
  user:
    description: User of the service; not V(root).
    type: str
  env:
    description: Environment of the service.
    type: dict
    default: {}
  secret_env:
    description:
      - The same for values that must not be shown. They are masked in all that the module says.
    type: dict
    default: {}
  sandbox:
    description: Whether O(target) is imported inside the sandbox that M(wsgiops.gunicorn.gunicorn_apps) gives to apps.
    type: bool
    default: true
  worker_class:
    description: The worker class that shall serve O(target). When given, the kind of the app must fit it.
    type: str
  timeout:
    description: Seconds that the import may take.
    type: int
    default: 30
notes:
  - When the sandbox seems to be in the way, the check runs up to three times more, each time with another switch open.
    A switch is named only when the import then passes.
  - Workers of class C(gevent) patch the standard library before they import the app. This check does not.
seealso:
  - module: wsgiops.gunicorn.gunicorn_apps
"""

EXAMPLES = r"""
- name: Check that the app can still be imported
  wsgiops.gunicorn.gunicorn_import_check:
    app: shop

- name: Check an earlier release before going back to it
  wsgiops.gunicorn.gunicorn_import_check:
    app: shop
    release: 2b7fcd52d032

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
    - What the import gave. Values are null where the import did not get so far.
  returned: when the import was tried
  type: dict
  contains:
    ok:
      description: Whether Gunicorn can serve the app.
      type: bool
    kind:
      description:
        - V(wsgi) or V(asgi); V(factory) for what makes an app and is none; V(other) for what can be called as neither;
          V(unknown) where the callable does not say how it can be called.
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
      description: What the import has added to it.
      type: int
    gunicorn:
      description: Version of the Gunicorn that imported the app.
      type: str
    python:
      description: Version of the interpreter.
      type: str
    output_bytes:
      description: How much the app printed meanwhile.
      type: int
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
