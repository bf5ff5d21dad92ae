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
  - Compares packages, the installer C(uv), kernel settings, the tmpfs for Gunicorn's C(worker_tmp_dir) and limits of
    login sessions with reality, and changes what differs, all in one call.
  - Kernel settings have a direction. A value that already goes further than O(sysctl) asks is never taken back, neither
    in the running kernel nor by the file that the next boot reads.
  - The role P(wsgiops.gunicorn.gunicorn_host#role) calls this module with a profile of settings. An option C(x) of the
    module is the variable C(gunicorn_host_x) of the role, and errors name that variable.
extends_documentation_fragment:
  - wsgiops.gunicorn.attributes.converges
  - wsgiops.gunicorn.attributes.group_all
  - wsgiops.gunicorn.options.platforms
  - wsgiops.gunicorn.requirements
attributes:
  check_mode:
    description: Predicts exactly the changes that a real run then reports, also on a host that has nothing yet.
  diff_mode:
    description: Shows one difference for each file, kernel setting and link.
options:
  packages:
    description:
      - Distribution packages that the host needs besides those of its entry in O(platforms).
      - A name alone, without a version. Installed packages are left at their version.
    type: list
    elements: str
    default: []
  installer:
    description:
      - V(uv) installs C(uv) at C(/usr/local/lib/wsgiops/uv), from where the apps' virtual environments are built.
      - V(pip) installs nothing, and takes nothing away.
    type: str
    choices: [uv, pip]
    default: uv
  uv_version:
    description: The release of C(uv), pinned. Other releases in C(/usr/local/lib/wsgiops) are removed after the switch.
    type: str
    default: 0.13.8
  build_env:
    description:
      - Environment in which C(pip) fetches C(uv), for example C(PIP_INDEX_URL) or C(HTTPS_PROXY).
      - Treated as secret, never written to the host, and passed in the environment, not on a command line.
      - C(PIP_CERT) is the system's bundle of certificates (C(ca_bundle) in O(platforms)) unless it is given here.
    type: dict
    default: {}
  worker_tmp_enabled:
    description:
      - Whether there is a tmpfs of its own for Gunicorn's C(worker_tmp_dir).
      - When V(false), a mount unit or line of C(/etc/fstab) of this module is removed. What it mounted stays until the
        next boot, because workers may have files there.
    type: bool
    default: true
  worker_tmp_dir:
    description:
      - Where the tmpfs is mounted. Its options are C(mode=1777,noatime,nosuid,nodev,noexec), because workers of any
        user create files there and nobody runs programs from it.
      - A live mount that differs is remounted, never unmounted.
    type: str
    default: /run/gunicorn-worker-tmp
  worker_tmp_size:
    description:
      - The most that the tmpfs may hold, in bytes or with V(k), V(m) or V(g) (powers of 1024).
      - A heartbeat file is empty and takes one inode; the size is an upper bound, not memory that is set aside.
    type: str
    default: 64m
  worker_tmp_boot:
    description:
      - What mounts the tmpfs at boot. When it changes, the other one is removed, and the live mount stays as it is.
      - V(unit) is a systemd mount unit in C(/etc/systemd/system). A line of C(/etc/fstab) that somebody else wrote for
        the same path is left alone and told in RV(reasons), because the unit wins over it.
      - V(fstab) is one line of C(/etc/fstab), of which systemd makes a unit of the same name. The option
        C(x-wsgiops.gunicorn), a comment to C(mount), marks it as ours. All other bytes of the file stay, but lines
        of a tmpfs for the same path give way to ours. A line that mounts another file system there, or a unit file of
        somebody else for it, is an error before anything changes.
    type: str
    choices: [unit, fstab]
    default: unit
  sysctl:
    description:
      - Kernel settings by name. Each has exactly one of C(at_least), C(at_most) and C(exactly), and a C(reason) as
        text.
      - Settings of several numbers are compared number by number. For C(net.ipv4.ip_local_port_range) C(at_least) means
        that the range covers the declared one.
      - The value is set live and kept in C(/etc/sysctl.d/90-gunicorn.conf). With C(at_least) the file holds the largest
        of the declared value, the value that the kernel had when the key was first written, and those of files that are
        read before; it stays there for as long as it satisfies the declaration. A key that is no longer declared leaves
        the file, and the live value stays.
      - A file that is read later at boot and sets less is reported in RV(findings) and as a warning.
      - In a container, settings that all containers of the machine share (C(fs), C(vm), most of C(kernel)) are compared
        and never written.
    type: dict
    default: {}
  sysctl_extra:
    description: Like O(sysctl), and wins over it key by key. A key with the value C(null) is left out.
    type: dict
    default: {}
  sysctl_unavailable:
    description:
      - What to do about a setting that the kernel lacks, or that cannot be written here, as in a container without
        privileges.
      - V(warn) reports it in RV(findings) and as a warning. V(fail) fails before anything is changed.
    type: str
    choices: [warn, fail]
    default: warn
  limits:
    description:
      - Limits of login sessions, the whole content of C(/etc/security/limits.d/90-gunicorn.conf). Without any there is
        no file.
      - Services do not get these limits. Theirs stand in their units.
    type: list
    elements: dict
    default: []
    suboptions:
      domain:
        description: A user, C(@group) or V(*), as in C(limits.conf(5\)).
        type: str
        required: true
      type:
        description: Which of the two limits; V(-) means both.
        type: str
        choices: [soft, hard, '-']
        default: '-'
      item:
        description: What is limited, for example V(nofile).
        type: str
        required: true
      value:
        description: A number in the item's unit, or V(unlimited).
        type: str
        required: true
  platforms:
    description:
      - What differs between distributions, by C(ID) or C(ID_LIKE) of C(/etc/os-release).
      - Each entry has C(packages) (list), C(package_manager) (C(dpkg) or C(rpm)), C(python) (path of the interpreter
        that builds virtual environments) and C(ca_bundle) (path).
seealso:
  - module: wsgiops.gunicorn.gunicorn_sysctl
  - plugin: wsgiops.gunicorn.gunicorn_sysctl_profile
    plugin_type: filter
  - name: sysctl.d(5)
    description: In which order files are read at boot.
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

- name: Build with pip, and fetch from a mirror
  wsgiops.gunicorn.gunicorn_host:
    installer: pip
    worker_tmp_enabled: false
    platforms: "{{ platforms }}"
"""

RETURN = r"""
changes:
  description:
    - What was changed, or in check mode would be, one line each and in order; on failure what was done before it.
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
      description: The running kernel's value; null where it has no such key.
      type: str
    persisted:
      description: What the next boot sets it to; null where no file names it.
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
  description: What is not as declared and cannot be made so from here.
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
      description: What is so.
      type: str
    fix:
      description: What to do about it.
      type: str
worker_tmp_dir:
  description: Where the tmpfs is mounted; empty when there is none.
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
