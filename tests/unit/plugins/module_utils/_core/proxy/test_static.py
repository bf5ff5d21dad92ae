# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.static import (
    HIDDEN,
    PRIVATE_FILES,
    public_directory,
)

SHOP = "/srv/gunicorn/shop"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("public", f"{SHOP}/current/src/public"),
        ("./public//x/", f"{SHOP}/current/src/public/x"),
        ("{src}/public", f"{SHOP}/current/src/public"),
        ("{shared}/media", f"{SHOP}/shared/media"),
        (f"{SHOP}/current/venv/lib/python3.11/site-packages/admin/static", None),
        ("/var/www", "/var/www"),
        ("/srv/media", "/srv/media"),
        ("/usr/share/javascript", "/usr/share/javascript"),
        ("/home/deploy/public", "/home/deploy/public"),
        ("/var/lib/shop/media", "/var/lib/shop/media"),
        ("/srv/gunicorn-media", "/srv/gunicorn-media"),
    ],
)
def test_may_be_public(path: str, expected: str | None) -> None:
    assert public_directory("x", "shop", path) == (expected or path)


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        (".", "is or contains the app's whole source"),
        ("./", "is or contains the app's whole source"),
        ("{src}", "is or contains the app's whole source"),
        ("{src}/", "is or contains the app's whole source"),
        ("{src}/.", "is or contains the app's whole source"),
        (f"{SHOP}/current/src", "is or contains the app's whole source"),
        (f"{SHOP}/current", "is or contains the app's whole source"),
        (SHOP, "is or contains"),
        ("/srv/gunicorn", "is or contains"),
        ("/srv", "is or contains"),
        ("//srv/gunicorn", "is or contains"),
        (f"{SHOP}/current/venv", "whole virtual environment"),
        ("{shared}", "everything that the app keeps"),
        ("/srv/gunicorn/other/shared/media", "not one of the app's own directories"),
        (f"{SHOP}/releases/x/src/public", "not one of the app's own directories"),
        (f"{SHOP}/.cache", "not one of the app's own directories"),
        (f"{SHOP}/currently", "not one of the app's own directories"),
        ("/opt/shop", "is or contains the app's whole source"),
        ("/opt", "is or contains the app's whole source"),
        ("/", "is a system directory"),
        ("/etc", "is a system directory"),
        ("/etc/nginx", "is a system directory"),
        ("//etc", "is a system directory"),
        ("/var/log/nginx", "is a system directory"),
        ("/var", "is a system directory"),
        ("/usr", "is a system directory"),
        ("/proc/self", "is a system directory"),
        ("/root", "is a system directory"),
        ("/home", "is a system directory"),
        ("/home/dev", "a user's whole home directory"),
        ("../x", "is not a usable directory"),
        ("", "is not a usable directory"),
        ("a$b", "is not a usable directory"),
        ("a\x7f", "is not a usable directory"),
    ],
)
def test_refused(path: str, problem: str) -> None:
    with pytest.raises(InputError) as caught:
        public_directory("gunicorn_apps.shop.static./static/", "shop", path, "/opt/shop/")
    assert problem in str(caught.value)
    assert caught.value.variable == "gunicorn_apps.shop.static./static/"


@pytest.mark.parametrize(
    ("uri", "private"),
    [
        *(
            (f"/static/{name}", True)
            for name in ("settings.py", "a/b.PYC", "x.pyi", "ext.pyx", "db.sqlite3", "x.sqlite")
        ),
        *((f"/static/{name}", True) for name in ("db.sqlite3-wal", "app.db", "dump.sql", "key.pem", "tls.key")),
        *((f"/static/{name}", True) for name in ("requirements.txt", "requirements/dev.in", "pyproject.toml")),
        *((f"/static/{name}", True) for name in ("uv.lock", "Pipfile", "setup.cfg", "Dockerfile", "compose.yml")),
        *((f"/static/{name}", True) for name in (".env", "a/.git/config", ".secret")),
        *((f"/static/{name}", False) for name in ("app.js", "app.css", "py.png", "copy", "happy.html", "x.py.html")),
        *(
            (f"/static/{name}", False)
            for name in ("requirements.html", "keys/en.json", "db/x.json", "a.map", "robots.txt", "decompose.yml")
        ),
    ],
)
def test_private_files(uri: str, private: bool) -> None:
    assert bool(re.search(HIDDEN, uri) or re.search(PRIVATE_FILES, uri, re.IGNORECASE)) is private
