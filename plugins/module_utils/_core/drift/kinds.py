# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of drift."""

from __future__ import annotations

from collections.abc import Mapping

SITE = "ansible-playbook wsgiops.gunicorn.site"
# Every kind of finding and its meaning; used by the documentation and the reports.
KINDS: Mapping[str, str] = {
    "package-missing": "a package of the distribution is not installed",
    "sysctl-live": "a kernel setting differs from the declared value",
    "sysctl-file": "the file that restores kernel settings at boot differs",
    "limits-file": "the file with limits for login sessions differs",
    "mount-missing": "the tmpfs for heartbeats is not mounted",
    "mount-options": "the tmpfs for heartbeats is mounted with different options",
    "mount-mode": "the mode of the tmpfs directory differs",
    "mount-unit": "the unit or fstab line that mounts the tmpfs at boot differs",
    "not-enabled": "a unit does not start at boot",
    "installer": "uv is missing, has a different version, or was changed",
    "user-missing": "the service user does not exist",
    "home-missing": "the app's directory does not exist",
    "not-deployed": "the live release is not the declared one",
    "unit-file": "a unit file differs from that of the release",
    "unit-stray": "a unit belongs to an instance that is not declared",
    "unit-not-loaded": "systemd has loaded an older version of a unit than the one on disk",
    "socket-down": "a socket is not listening",
    "service-down": "a service is not running",
    "stale-process": "a process serves a different release than the declared one",
    "deploy-unfinished": "the last deploy did not finish",
    "leftover": "a killed deploy has left something behind",
    "nginx-file": "an nginx configuration file differs",
    "nginx-log": "an access log is missing, or other users can read it",
    "nginx-default-site": "the distribution's default site is enabled",
    "nginx-down": "nginx is not running",
    "nginx-not-reloaded": "nginx has not loaded the latest change of its configuration",
    "file-tampered": "a file of a release was changed after it was built",
    "file-added": "a file was added to a release after it was built",
    "file-missing": "a file of a release is missing",
    "package-added": "a package was manually installed into a virtual environment",
    "package-changed": "a package in a virtual environment was manually changed",
    "worker-count": "the number of running workers differs from the declared one",
    "limit-clamped": "a process has a different limit than its unit declares",
    "backlog-live": "the socket's queue has a different length than declared",
    "tmp-not-memory": "workers keep their heartbeat files on a disk",
    "drop-in": "a drop-in that the role does not manage changes a unit",
    "app-undeclared": "an app of this collection is on the host but not declared",
    "process-stray": "a running Gunicorn was not started by a unit of this collection, or a process hides what it is",
    "port-stray": "a service listens on an address that is not declared",
    "user-groups": "the service user is in groups that it does not need",
}
