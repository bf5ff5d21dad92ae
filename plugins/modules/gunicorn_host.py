#!/usr/bin/python
# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gunicorn_host
short_description: Make a host ready for Gunicorn
version_added: 0.1.0
author:
  - wsgiops contributors (@wsgiops)
description:
  - Compares packages, the installer C(uv), kernel settings, the tmpfs for Gunicorn's C(worker_tmp_dir) and the limits
    of login sessions with their declaration, and changes what differs, all in one call.
  - Kernel settings have a direction. A value that already exceeds what O(sysctl) requires is never reduced, neither in
    the running kernel nor by the file that the next boot reads.
  - The role P(wsgiops.gunicorn.gunicorn_host#role) calls this module with a profile of settings. An option C(x) of the
    module is the variable C(gunicorn_host_x) of the role, and errors name that variable.
extends_documentation_fragment:
  - wsgiops.gunicorn.attributes.converges
  - wsgiops.gunicorn.attributes.group_all
  - wsgiops.gunicorn.options.platforms
  - wsgiops.gunicorn.requirements
attributes:
  check_mode:
    description: Predicts exactly the changes that a real run then reports, even on a pristine host.
  diff_mode:
    description: Shows one difference for each file, kernel setting and link.
options:
  packages:
    description:
      - Distribution packages to install in addition to those of the host's entry in O(platforms).
      - Names without a version. Installed packages keep their version.
    type: list
    elements: str
    default: []
  installer:
    description:
      - The program that builds the apps' virtual environments.
      - V(uv) installs C(uv) at C(/usr/local/lib/wsgiops/uv).
      - V(pip) installs nothing, and removes nothing.
    type: str
    choices: [uv, pip]
    default: uv
  uv_version:
    description: Pinned version of C(uv). Other versions in C(/usr/local/lib/wsgiops) are removed after the switch.
    type: str
    default: 0.13.8
  uv_hashes:
    description:
      - The sha256 of the wheels of C(uv) that may be installed, as V(sha256:...). Nothing else is.
      - By default those of the published wheels of version 0.13.8. Required for any other O(uv_version).
    type: list
    elements: str
    default: []
  build_env:
    description:
      - Environment variables with which C(pip) downloads C(uv), for example C(PIP_INDEX_URL) or C(HTTPS_PROXY).
      - They are treated as secret, never written to the host, and passed in the environment, not on a command line.
      - C(PIP_CERT) defaults to the system's CA bundle (C(ca_bundle) in O(platforms)).
    type: dict
    default: {}
  worker_tmp_enabled:
    description:
      - Whether to mount a separate tmpfs for Gunicorn's C(worker_tmp_dir).
      - With V(false), this module's mount unit or C(/etc/fstab) line is removed. The mounted file system stays until
        the next boot, because workers may have files on it.
    type: bool
    default: true
  worker_tmp_dir:
    description:
      - Mount point of the tmpfs. Its options are C(mode=1777,noatime,nosuid,nodev,noexec), because workers of any
        user create files there and no program is run from it.
      - A live mount with different options is remounted, never unmounted.
    type: str
    default: /run/gunicorn-worker-tmp
  worker_tmp_size:
    description:
      - Maximum size of the tmpfs, in bytes or with V(k), V(m) or V(g) (powers of 1024).
      - A heartbeat file is empty and takes one inode. The size is an upper bound, not reserved memory.
    type: str
    default: 64m
  worker_tmp_boot:
    description:
      - What mounts the tmpfs at boot. When this changes, the previous one is removed, and the live mount stays as it
        is.
      - V(unit) is a systemd mount unit in C(/etc/systemd/system). Somebody else's C(/etc/fstab) line for the same path
        is left alone and mentioned in RV(reasons), because the unit overrides it.
      - V(fstab) is one line in C(/etc/fstab), from which systemd generates a unit of the same name. The option
        C(x-wsgiops.gunicorn), a comment for C(mount), marks it as ours. Lines that mount a tmpfs on the same path are
        replaced; every other byte of the file stays. A line that mounts another file system there, or somebody else's
        unit file for the path, is an error before anything changes.
    type: str
    choices: [unit, fstab]
    default: unit
  sysctl:
    description:
      - Kernel settings by name. Each has exactly one of C(at_least), C(at_most) and C(exactly), and a C(reason) as
        text.
      - Settings with several numbers are compared number by number. For C(net.ipv4.ip_local_port_range), C(at_least)
        means that the range covers the declared one.
      - The value is set live and written to C(/etc/sysctl.d/90-gunicorn.conf). With C(at_least), the file contains the
        largest of the declared value, the kernel's value when the key was first written, and the values in files that
        are read earlier. That value stays as long as it satisfies the declaration. A key that is no longer declared is
        removed from the file, and its live value stays.
      - If a file that is read later at boot sets less, it is reported in RV(findings) and as a warning.
      - In a container, settings that all containers on the machine share (C(fs), C(vm), most of C(kernel)) are
        compared, but never written.
    type: dict
    default: {}
  sysctl_extra:
    description: Like O(sysctl), and overrides it key by key. A key with the value C(null) is left out.
    type: dict
    default: {}
  sysctl_unavailable:
    description:
      - What to do if the kernel does not have a setting, or if it cannot be written here, as in an unprivileged
        container.
      - V(warn) reports it in RV(findings) and as a warning. V(fail) fails before anything is changed.
    type: str
    choices: [warn, fail]
    default: warn
  limits:
    description:
      - Limits of login sessions. They are the whole content of C(/etc/security/limits.d/90-gunicorn.conf); if the list
        is empty, the file is removed.
      - They do not apply to services, whose limits are in their units.
    type: list
    elements: dict
    default: []
    suboptions:
      domain:
        description: A user, C(@group) or V(*), as in C(limits.conf(5\)).
        type: str
        required: true
      type:
        description: The soft or the hard limit; V(-) means both.
        type: str
        choices: [soft, hard, '-']
        default: '-'
      item:
        description: The limited resource, for example V(nofile).
        type: str
        required: true
      value:
        description: A number in the item's unit, or V(unlimited).
        type: str
        required: true
  platforms:
    description:
      - The values that depend on the distribution, by C(ID) or C(ID_LIKE) in C(/etc/os-release).
      - Each entry has C(packages) (list), C(package_manager) (C(dpkg) or C(rpm)), C(python) (path of the interpreter
        that builds virtual environments) and C(ca_bundle) (path).
seealso:
  - module: wsgiops.gunicorn.gunicorn_sysctl
  - plugin: wsgiops.gunicorn.gunicorn_sysctl_profile
    plugin_type: filter
  - name: sysctl.d(5)
    description: The order in which files are read at boot.
    link: https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
"""

EXAMPLES = r"""
- name: Make the host ready for Gunicorn
  wsgiops.gunicorn.gunicorn_host:
    worker_tmp_size: 64m
    sysctl:
      net.core.somaxconn:
        at_least: 4096
        reason: the kernel cuts the backlog of every listening socket to it
      fs.file-max:
        at_least: 65535
    limits:
      - {domain: '@deploy', item: nofile, value: 65535}
    platforms:
      debian:
        packages: [python3, python3-venv, ca-certificates]
        package_manager: dpkg
        python: /usr/bin/python3
        ca_bundle: /etc/ssl/certs/ca-certificates.crt

- name: Build with pip, without a tmpfs
  wsgiops.gunicorn.gunicorn_host:
    installer: pip
    worker_tmp_enabled: false
    platforms: "{{ platforms }}"
"""

RETURN = r"""
changes:
  description:
    - What was changed, or would be in check mode, one line each and in order. After a failure, what was changed before.
  returned: always
  type: list
  elements: str
  sample:
    - set net.ipv4.tcp_max_syn_backlog = 8192 (was 2048)
    - create /etc/sysctl.d/90-gunicorn.conf
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
      declared: '4096'
      mode: at_least
      live: '4096'
      persisted: '4096'
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
worker_tmp_dir:
  description: Mount point of the tmpfs; empty if there is none.
  returned: success
  type: str
  sample: /run/gunicorn-worker-tmp
uv:
  description: Path and version of C(uv); empty with O(installer=pip).
  returned: success
  type: dict
  sample: {path: /usr/local/lib/wsgiops/uv, version: 0.13.8}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.machine.options import ARGUMENT_SPEC
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.answer import finish
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.host import run


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    finish(module, run)


if __name__ == "__main__":
    main()
