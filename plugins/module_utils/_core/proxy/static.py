# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Static files: which directories may be public, and the locations that serve them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import ROOT, Layout
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy import words as text
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.site import Site, Static

UNUSABLE = re.compile(r"[\x00-\x1f\x7f\"'\\;$]")
EXAMPLE = "Name the directory that has only public files, for example 'public/static'."
# Nothing below these is meant for the network.
PRIVATE_TREES = (
    *("/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/lost+found", "/proc", "/root", "/run"),
    *("/sbin", "/sys", "/usr/bin", "/usr/lib", "/usr/lib64", "/usr/libexec", "/usr/local/bin", "/usr/local/lib"),
    *("/usr/local/sbin", "/usr/sbin", "/usr/src", "/var/backups", "/var/cache/apt", "/var/lib/dpkg", "/var/lib/mysql"),
    *("/var/lib/postgresql", "/var/lib/redis", "/var/lib/systemd", "/var/log", "/var/mail", "/var/run", "/var/spool"),
)
# A directory below these may be public, but not all of them.
SHARED_TREES = (
    *("/", "/home", "/media", "/mnt", "/opt", "/srv", "/tmp", "/usr", "/usr/local", "/usr/share"),
    *("/var", "/var/cache", "/var/lib", "/var/opt", "/var/tmp"),
)

# Files that a directory of static files has only by mistake.
PRIVATE_FILES = (
    r"\.(?:py[cdiowx]?|sqlite3?(?:-(?:journal|shm|wal))?|db|sql|pem|key|lock)$"
    r"|/(?:requirements|constraints)(?:[^/]*|/[^/]+)\.(?:txt|in)$"
    r"|/(?:pyproject\.toml|pylock[^/]*\.toml|setup\.cfg|pipfile|tox\.ini|alembic\.ini|dockerfile"
    r"|(?:docker-)?compose[^/]*\.ya?ml)$"
)
# Files such as .git and .env are never meant to be public.
HIDDEN = r"/\."


def public_directory(variable: str, app: str, path: object, source_path: str = "") -> str:
    """Return the directory as an absolute path, or raise InputError unless it may be public.

    `source_path` is the app's source, if somebody else manages it on the host.
    """
    layout = Layout(app)
    given = str(path)
    if not given or ".." in given.split("/") or UNUSABLE.search(given):
        raise InputError(variable, f"{path!r} is not a usable directory.")
    expanded = given.replace("{shared}", layout.shared).replace("{src}", f"{layout.current}/src")
    full = posixpath.normpath(posixpath.join(f"{layout.current}/src", expanded))
    full = "/" + full.lstrip("/")
    whole = {
        f"{layout.current}/src": "the app's whole source, with its code and settings",
        f"{layout.current}/venv": "the app's whole virtual environment",
        layout.shared: "everything that the app keeps",
    }
    if source_path:
        whole[posixpath.normpath(source_path)] = "the app's whole source, with its code and settings"
    for directory, what in whole.items():
        if _below(directory, full):
            raise InputError(variable, f"{path!r} is or contains {what}.", EXAMPLE)
    own = (f"{layout.shared}/", f"{layout.current}/src/", f"{layout.current}/venv/")
    if _below(full, ROOT) and not full.startswith(own):
        raise InputError(
            variable,
            f"{path!r} is not one of the app's own directories.",
            f"Below {ROOT}, an app may publish what is below {{shared}}, {{src}} or {layout.current}/venv.",
        )
    if full in SHARED_TREES or any(_below(full, tree) for tree in PRIVATE_TREES):
        raise InputError(variable, f"{path!r} is a system directory, which nginx must not serve.", EXAMPLE)
    if posixpath.dirname(full) == "/home":
        raise InputError(variable, f"{path!r} is a user's whole home directory.", EXAMPLE)
    return full


def _below(path: str, tree: str) -> bool:
    return path == tree or path.startswith(f"{tree}/")


def _symlinks(site: Site, static: Static, trusted: str) -> str:
    """Return the directive that keeps nginx from following what an app, or its repository, links to.

    In a release, root owns link and target alike, so no link is followed. Elsewhere a link is followed if its owner
    also owns the target. Links in the `trusted` part of the path, which the app cannot change, are not looked at.
    """
    if site.static_links:
        return "disable_symlinks off;"
    rule = "on" if static.released else "if_not_owner"
    return f"disable_symlinks {rule}{' ' + text.quote('static', f'from={trusted}') if trusted else ''};"


def render_static(site: Site, static: Static, own: Sequence[str], fallback: str) -> list[str]:
    """Return the locations of one directory; `own` are the settings of the app if it is a guest."""
    patterns = [f'~ "{HIDDEN}"', *([] if site.static_all_files else [f'~* "{PRIVATE_FILES}"'])]
    refused = [line for pattern in patterns for line in (f"location {pattern} {{", "    return 404;", "}")]
    files = [*own, "sendfile on;", "tcp_nopush on;", f"expires {site.static_expires};"]
    first = [f"alias {text.quote('static', static.path)};", _symlinks(site, static, static.trusted), *files]
    if not static.beside:
        return [f"location {static.url} {{", *_indent([*first, *refused]), "}"]
    # A named location can have neither an alias nor nested locations.
    prefix = static.url.replace(".", "\\.").replace("+", "\\+")
    second = [line for pattern in patterns for line in (f"if ($uri {pattern}) {{", "    return 404;", "}")]
    second += [
        f"rewrite ^{prefix}(.*)$ /$1 break;",
        f"root {text.quote('static', static.beside.rstrip('/'))};",
        _symlinks(site, static, static.trusted_beside),
    ]
    return [
        f"location {static.url} {{",
        *_indent([*first, "log_not_found off;", f"error_page 404 = {fallback};", *refused]),
        "}",
        "",
        f"location {fallback} {{",
        *_indent([*second, *files]),
        "}",
    ]


def _indent(lines: Sequence[str]) -> list[str]:
    return [f"    {line}" if line else "" for line in lines]
