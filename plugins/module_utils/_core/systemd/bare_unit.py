# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A minimal service to import an app that no role has deployed."""

from __future__ import annotations

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.egress import egress_directives
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.private_view import hidden_paths
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.sandbox import sandbox
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.unit_file import (
    escape_specifiers,
    render_unit,
)

SERVICE = "gunicorn-import.service"  # its check is `gunicorn-import-check`; no instance may be called `check`


def bare_service(user: str, directory: str, environment: str, sandboxed: bool) -> str:
    """Return a service for an app that need not be deployed. Other apps stay visible: it may use packages of one."""
    protections = {**sandbox([]), "InaccessiblePaths": hidden_paths([directory]), **egress_directives(None)}
    return render_unit(
        {
            "Unit": {"Description": "Gunicorn import check"},
            "Service": {
                "User": user,
                "WorkingDirectory": escape_specifiers(directory),
                "EnvironmentFile": escape_specifiers(environment),
                "RuntimeDirectoryMode": "0700",
                **(protections if sandboxed else {}),
            },
        }
    )
