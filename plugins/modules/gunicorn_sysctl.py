#!/usr/bin/python
# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gunicorn_sysctl
short_description: Set kernel settings with a direction, live and for the next boot
version_added: 0.1.0
author:
  - wsgiops contributors (@wsgiops)
description:
  - Compares a whole profile of kernel settings with the running kernel and with what the next boot will set, and
    changes what differs, in one call. Live values are read back on every run, not only when the file has changed.
  - The settings are written to a separate file. Other files are read, but never edited. If one of them is read later
    at boot and overrides a setting, it is reported.
  - It does for any profile what M(wsgiops.gunicorn.gunicorn_host) does for the profile of a host. Declare a key in only
    one of the two.
  - If the kernel refuses a value, or accepts it but then has another one, the run fails, and the values that it has
    already set are restored.
extends_documentation_fragment:
  - wsgiops.gunicorn.attributes.converges
  - wsgiops.gunicorn.attributes.group_all
  - wsgiops.gunicorn.requirements.python
requirements:
  - root
attributes:
  diff_mode:
    description: Shows one difference for the file and one for each live value.
options:
  settings:
    description:
      - Kernel settings by name. Each has exactly one of C(at_least), C(at_most) and C(exactly), and a C(reason) as
        text, which becomes a comment in the file. A key with the value C(null) is left out.
      - Settings with several numbers are compared number by number. For C(net.ipv4.ip_local_port_range), C(at_least)
        means that the range covers the declared one.
      - With C(at_least), a larger value is never reduced, neither in the running kernel nor by the file. A key that is
        no longer declared is removed from the file, and its live value stays.
      - In a container, settings that all containers on the machine share (C(fs), C(vm), most of C(kernel)) are
        compared, but never written.
      - Required with O(state=present). If the dictionary is empty, the file is removed.
      - The filter P(wsgiops.gunicorn.gunicorn_sysctl_profile#filter) computes them for a load.
    type: dict
  name:
    description:
      - The file is C(/etc/sysctl.d/90-NAME.conf). Use up to 64 letters, digits, C(-) and C(_).
      - V(gunicorn) is refused, because that file belongs to M(wsgiops.gunicorn.gunicorn_host). So is the name of a file
        that was not created by this collection.
      - At boot, files are read in the order of their names, and the last one that names a key takes effect.
    type: str
    default: gunicorn-sysctl
  state:
    description: V(absent) removes the file. The live values stay as they are until the next boot.
    type: str
    choices: [present, absent]
    default: present
  unavailable:
    description:
      - What to do if the kernel does not have a setting, or if it cannot be written here, as in an unprivileged
        container.
      - V(warn) reports it in RV(findings) and as a warning. V(fail) fails before anything is changed.
    type: str
    choices: [warn, fail]
    default: warn
seealso:
  - module: wsgiops.gunicorn.gunicorn_host
  - plugin: wsgiops.gunicorn.gunicorn_sysctl_profile
    plugin_type: filter
  - name: sysctl.d(5)
    description: The order in which files are read at boot.
    link: https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
"""

EXAMPLES = r"""
- name: Tune the kernel for a load
  wsgiops.gunicorn.gunicorn_sysctl:
    settings: "{{ {'connections_per_second': 2000, 'backlog': 8192} | wsgiops.gunicorn.gunicorn_sysctl_profile }}"

- name: Keep the settings for a database in a separate file, and fail if one of them is unavailable
  wsgiops.gunicorn.gunicorn_sysctl:
    name: database
    settings:
      vm.overcommit_memory:
        exactly: 1
        reason: Redis saves in a forked copy of itself
      net.ipv4.ip_local_port_range:
        at_least: 15000 65000
    unavailable: fail

- name: Remove that file
  wsgiops.gunicorn.gunicorn_sysctl:
    name: database
    state: absent
"""

RETURN = r"""
changes:
  description: What was changed, or would be in check mode, one line each and in order.
  returned: success
  type: list
  elements: str
  sample:
    - set net.core.somaxconn = 8192 (was 4096)
    - create /etc/sysctl.d/90-gunicorn-sysctl.conf
file:
  description: The file that is read at boot.
  returned: success
  type: str
  sample: /etc/sysctl.d/90-gunicorn-sysctl.conf
sysctl:
  description: Each declared kernel setting as it is after the run.
  returned: success
  type: dict
  contains:
    declared:
      description: The declared value.
      type: str
    mode:
      description: C(at_least), C(at_most) or C(exactly).
      type: str
    live:
      description: The running kernel's value; null if it does not have the key.
      type: str
    persisted:
      description: The value that the next boot sets; null if no file names the key.
      type: str
    reason:
      description: The declared reason.
      type: str
  sample:
    net.core.somaxconn:
      declared: '8192'
      mode: at_least
      live: '8192'
      persisted: '8192'
      reason: the kernel cuts the backlog of every listening socket to it
reasons:
  description: Why something was left as it is.
  returned: success
  type: list
  elements: str
  sample: ['fs.file-max: 9223372036854775807 satisfies at_least 65535 and is left alone.']
findings:
  description: What differs from the declaration and cannot be corrected by this module.
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description: V(sysctl-unavailable) or V(sysctl-overridden).
      type: str
    severity:
      description: V(warning).
      type: str
    subject:
      description: The kernel setting.
      type: str
    seen:
      description: The problem.
      type: str
    fix:
      description: What to do about it.
      type: str
  sample:
    - kind: sysctl-overridden
      severity: warning
      subject: net.core.somaxconn
      seen: >-
        /etc/sysctl.conf is read after /etc/sysctl.d/90-gunicorn-sysctl.conf and sets it to 128, which does not satisfy
        at_least 8192: the next boot will undo the live value.
      fix: Remove the line from /etc/sysctl.conf, or declare another value for net.core.somaxconn.
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel.options import ARGUMENT_SPEC, RULES
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.answer import finish
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.sysctl import run


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True, **RULES)
    finish(module, run)


if __name__ == "__main__":
    main()
