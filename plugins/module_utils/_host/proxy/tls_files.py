# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check certificates and keys: whether they exist, are private, and belong together."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.finding import WARNING, Finding
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.site import Site


def tls_files(sites: Iterable[Site]) -> list[str]:
    return [path for site in sites if site.tls for path in (site.tls.certificate, site.tls.key)]


def check_tls_files(sites: Iterable[Site]) -> list[Finding]:
    """Return findings for keys that are too open; raise HostError if a certificate or key is missing."""
    findings = []
    for site in sites:
        for what, path in (("certificate", site.tls.certificate), ("key", site.tls.key)) if site.tls else ():
            try:
                mode = os.stat(path).st_mode
            except FileNotFoundError as exc:
                raise HostError(
                    f"The TLS {what} of the app {site.name} is not on the host: {path}.",
                    f"Put it there before this role runs, or correct proxy.tls.{what}.",
                ) from exc
            if not stat.S_ISREG(mode):
                raise HostError(f"The TLS {what} of the app {site.name} is not a regular file: {path}.")
            if what == "key" and mode & 0o007:
                seen = f"the private key of {site.name} is accessible to every user of the host."
                findings.append(Finding("tls-key-open", WARNING, path, seen=seen, fix=f"chmod 0600 {path}"))
    return findings


def check_tls_pairs(sites: Iterable[Site]) -> None:
    """Raise HostError if a key does not belong to its certificate.

    nginx accepts that when the two are of different types, and then every handshake fails.
    """
    import ssl  # slower to import than a whole run without changes, which does not need it

    for site in sites:
        if not site.tls:
            continue
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(site.tls.certificate, site.tls.key, password="")
        except (ssl.SSLError, OSError, ValueError) as exc:
            raise HostError(
                f"The TLS certificate and key of the app {site.name} cannot be used together.",
                f"{site.tls.certificate}, {site.tls.key}: {exc}",
                "Nothing was changed.",
            ) from exc
