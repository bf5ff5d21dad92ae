# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A finding of drift, and the kinds that there are."""

from __future__ import annotations

from collections.abc import Mapping

SITE = "ansible-playbook wsgiops.gunicorn.site"
# Every kind of finding, and what it means; the documentation and the reports read this.
KINDS: Mapping[str, str] = {
    "package-missing": "a package of the distribution is not installed",
    "sysctl-live": "the kernel has another value than declared",
    "sysctl-file": "the file that brings kernel settings back at boot differs",
    "limits-file": "the file of limits for login sessions differs",
    "mount-missing": "the tmpfs for heartbeats is not mounted",
    "mount-options": "the tmpfs for heartbeats is mounted with other options",
    "mount-mode": "the directory of the tmpfs has another mode",
    "mount-unit": "what brings the mount back at boot (unit or fstab) differs",
    "not-enabled": "a unit does not start at boot",
    "installer": "uv is missing or has another version",
    "user-missing": "the service user is not there",
    "home-missing": "the app's directory is not there",
    "not-deployed": "what is declared is not the release that serves",
    "unit-file": "a unit differs from the one of the release",
    "unit-stray": "a unit of an instance that is not declared",
    "unit-not-loaded": "systemd runs a unit from an older file than the one on disk",
    "socket-down": "a socket is not listening",
    "service-down": "a service does not run",
    "stale-process": "a process serves another release than the declared one",
    "deploy-unfinished": "the last deploy was not finished",
    "leftover": "something that a killed deploy left behind",
    "nginx-file": "a file of nginx's configuration differs",
    "nginx-default-site": "the distribution's default site is enabled",
    "nginx-down": "nginx does not run",
    "nginx-not-reloaded": "nginx runs without the last change of its configuration",
    "file-tampered": "a file of a release was changed after it was built",
    "file-added": "a file was added to a release after it was built",
    "file-missing": "a file of a release is gone",
    "package-added": "a package was installed into a virtual environment by hand",
    "package-changed": "a package of a virtual environment was changed by hand",
    "worker-count": "another number of workers runs than declared",
    "limit-clamped": "a process has another limit than its unit declares",
    "backlog-live": "the socket's queue has another length than declared",
    "tmp-not-memory": "workers keep their heartbeats on a disk",
    "drop-in": "a drop-in changes a unit beside the role",
    "app-undeclared": "an app of this collection is on the host and not declared",
    "process-stray": "a Gunicorn runs that no unit of ours has started",
    "port-stray": "a service listens on an address that is not declared",
    "user-groups": "the service user is in groups that it does not need",
}
