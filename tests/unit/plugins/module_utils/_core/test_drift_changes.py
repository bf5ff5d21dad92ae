# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run would change, told as drift."""

from __future__ import annotations

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.drift_changes import (
    APPS,
    HOST,
    PROXY,
    from_changes,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.drift_finding import KINDS

UNIT = "/etc/systemd/system/gunicorn-shop-web.service"


@pytest.mark.parametrize(
    ("part", "change", "kind", "subject"),
    [
        (HOST, "install package tmux", "package-missing", "tmux"),
        (HOST, "set net.core.somaxconn = 4096 (was 128)", "sysctl-live", "net.core.somaxconn"),
        (HOST, "update /etc/sysctl.d/90-gunicorn.conf", "sysctl-file", "/etc/sysctl.d/90-gunicorn.conf"),
        (HOST, "create /etc/security/limits.d/gunicorn.conf", "limits-file", "/etc/security/limits.d/gunicorn.conf"),
        (HOST, "mount /run/x (tmpfs, size=64M)", "mount-missing", "/run/x"),
        (HOST, "remount /run/x (size=64M; was size=1 MiB)", "mount-options", "/run/x"),
        (HOST, "set mode of /run/x to 1777 (was 0755)", "mount-mode", "/run/x"),
        (HOST, "update /etc/systemd/system/run-x.mount", "mount-unit", "/etc/systemd/system/run-x.mount"),
        (HOST, "create /etc/fstab", "mount-unit", "/etc/fstab"),
        (HOST, "update /etc/fstab", "mount-unit", "/etc/fstab"),
        (HOST, "enable run-x.mount", "not-enabled", "run-x.mount"),
        (HOST, "install uv 0.9.1", "installer", "uv 0.9.1"),
        (HOST, "link /usr/local/lib/wsgiops/uv to uv 0.9.1 (was 0.8.0)", "installer", "uv 0.9.1"),
        (APPS, "create user gunicorn-shop", "user-missing", "gunicorn-shop"),
        (APPS, f"update {UNIT}", "unit-file", UNIT),
        (APPS, f"remove {UNIT}", "unit-stray", UNIT),
        (APPS, f"set owner and mode of {UNIT}", "unit-file", UNIT),
        (APPS, "enable gunicorn-shop-web.socket", "not-enabled", "gunicorn-shop-web.socket"),
        (APPS, "start gunicorn-shop-web.socket", "socket-down", "gunicorn-shop-web.socket"),
        (APPS, "start gunicorn-shop-web.service: it is failed", "service-down", "gunicorn-shop-web.service"),
        (
            APPS,
            "restart gunicorn-shop-web.service: the running process is of another release",
            "stale-process",
            "gunicorn-shop-web.service",
        ),
        (
            APPS,
            "restart gunicorn-shop-web.service: systemd runs it from an older unit than the one on disk",
            "unit-not-loaded",
            "gunicorn-shop-web.service",
        ),
        (APPS, "remove gunicorn-shop-web-canary.service: a deploy that was killed left it behind", "leftover", ""),
        (PROXY, "update /etc/nginx/conf.d/gunicorn-shop.conf", "nginx-file", "/etc/nginx/conf.d/gunicorn-shop.conf"),
        (PROXY, "start nginx.service", "nginx-down", "nginx.service"),
        (PROXY, "enable nginx.service", "not-enabled", "nginx.service"),
        (
            PROXY,
            "reload nginx.service (it runs without the last change of /etc/nginx/nginx.conf)",
            "nginx-not-reloaded",
            "nginx.service",
        ),
        (PROXY, "dance", "other", "dance"),
    ],
)
def test_change(part: str, change: str, kind: str, subject: str) -> None:
    (found,) = from_changes(part, "shop" if part == APPS else "", [change])
    assert (found.kind, found.app) == (kind, "shop" if part == APPS else "")
    assert found.subject == subject or not subject
    assert found.kind in KINDS
    assert found.fix


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        pytest.param(
            [f"update {UNIT}", "restart gunicorn-shop-web.service: its units changed"], ["unit-file"], id="unit"
        ),
        pytest.param(
            [
                "add source below /srv/gunicorn/shop/src",
                "add release below /srv/gunicorn/shop/releases",
                f"update {UNIT}",
                "restart gunicorn-shop-web.service: there is a new release",
                "point /srv/gunicorn/shop/current to the release",
            ],
            ["not-deployed", "unit-file"],
            id="a deploy is one finding",
        ),
        pytest.param(["point /srv/gunicorn/shop/current to the release"], ["not-deployed"], id="only current"),
        pytest.param(["renew gunicorn-shop-web.socket"], [], id="a consequence"),
        pytest.param(
            [
                "replace /srv/gunicorn/shop/src/s1: files in it were changed on this host",
                "add source below /srv/gunicorn/shop/src",
                "add release below /srv/gunicorn/shop/releases",
                "restart gunicorn-shop-web.service: there is a new release",
            ],
            [],
            id="changed files are told by name, from a look at them",
        ),
    ],
)
def test_consequences_are_not_told(changes: list[str], kinds: list[str]) -> None:
    assert [one.kind for one in from_changes(APPS, "shop", changes)] == kinds


def test_a_reload_after_a_file_is_a_consequence() -> None:
    found = from_changes(PROXY, "", ["update /etc/nginx/conf.d/gunicorn-shop.conf", "reload nginx.service"])
    assert [one.kind for one in found] == ["nginx-file"]
