# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""gixy finds nothing in a bank of configurations in which every branch of the texts is rendered."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.shared import render_files
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.site import (
    Route,
    Site,
    Static,
    Surroundings,
    Tls,
    Upstream,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.validate import validate_site, validate_sites

LB = Surroundings(
    trusted_proxies=("10.0.0.0/8", "fc00::/7"),
    trusted_headers=("X-Forwarded-User", "X-Forwarded-Prefix"),
    public_ports=(8443, 18081),
)
TLS = Tls("/etc/ssl/shop.pem", "/etc/ssl/shop.key", hsts=63072000)
RELEASED = Static(
    "/st+a.x/",
    "/srv/gunicorn/shop/current/src/s/",
    "/srv/gunicorn/shop/beside/src/s/",
    released=True,
    trusted="/srv/gunicorn/shop/current/src",
    trusted_beside="/srv/gunicorn/shop/beside/src",
)
MEDIA = Static("/media/", "/srv/gunicorn/shop/shared/my media/", trusted="/srv/gunicorn/shop/shared")


def app(name: str, *hosts: str, route: str = "/", keepalive: int = 0, **more: object) -> Site:
    upstream = Upstream(f"gunicorn.{name}.web", f"unix:/run/gunicorn/{name}/web.sock", 5, 65, keepalive, 1)
    return Site(
        name, (upstream,), (Route(route, upstream.name), Route(f"{route}events/", upstream.name, True)), hosts, **more
    )


SHOP = app("shop", "shop.example.com")
FULL = replace(
    SHOP,
    static=(RELEASED, MEDIA),
    headers=(("X-Frame-Options", "DENY"), ("Content-Security-Policy", "default-src 'self'; script-src 'self'")),
    client_headers=("X-HTTP-Method-Override",),
    log_query=True,
    static_links=True,
    static_all_files=True,
    limit_conn=0,
)
BANK = {
    "one app": ([SHOP], Surroundings(), "reject"),
    "any name": ([app("shop")], Surroundings(), "reject"),
    "a kept default site": ([SHOP], Surroundings(), "keep"),
    "a wildcard": ([app("shop", "*.example.com", "example.com")], Surroundings(), "reject"),
    "TLS": ([replace(SHOP, tls=TLS)], Surroundings(), "reject"),
    "TLS on nginx before 1.25.1": ([replace(SHOP, tls=TLS)], Surroundings(http2_directive=False), "reject"),
    "TLS beside plain HTTP": ([replace(SHOP, tls=replace(TLS, redirect=False))], Surroundings(), "reject"),
    "TLS on another port": ([replace(SHOP, tls=replace(TLS, listen=("8443",)))], Surroundings(ipv6=False), "reject"),
    "TLS for any name": ([app("shop", tls=replace(TLS, redirect=False))], Surroundings(), "reject"),
    "balancers": ([SHOP, app("other", "other.example.com", tls=TLS)], LB, "reject"),
    "static files": ([replace(SHOP, static=(RELEASED, MEDIA))], Surroundings(), "reject"),
    "all options": ([replace(FULL, tls=TLS)], LB, "reject"),
    "two apps of one name": ([FULL, app("api", "shop.example.com", route="/api/", static=())], LB, "reject"),
    "a guest with files": (
        [SHOP, app("api", "shop.example.com", route="/api/", static=(replace(MEDIA, url="/api-files/"),), keepalive=8)],
        Surroundings(),
        "reject",
    ),
    "no route /": ([app("shop", "shop.example.com", route="/only/")], Surroundings(), "reject"),
    "kept connections": ([app("shop", "shop.example.com", keepalive=8)], Surroundings(), "reject"),
    "no log, no buffers": ([replace(SHOP, access_log=False, buffering=False)], Surroundings(), "reject"),
    "one address": ([replace(SHOP, listen=("127.0.0.1:8080",))], Surroundings(), "reject"),
}


@dataclass(frozen=True)
class Report:
    """What gixy says about each configuration."""

    output: str
    findings: dict[str, list[str]]


def gixy(*files: Path) -> Report:
    """Run it at its strictest: every check, every severity."""
    done = subprocess.run(
        [sys.executable, "-m", "gixy", "-f", "json", *map(str, files)], capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert done.stdout.lstrip().startswith("["), done.stdout + done.stderr
    findings: dict[str, list[str]] = {}
    for one in json.loads(done.stdout):
        findings.setdefault(one["path"], []).append(f"{one['plugin']}: {one['reason'] or one['summary']}")
    return Report(done.stdout + done.stderr, findings)


def write(directory: Path, sites: Sequence[Site], around: Surroundings, default_site: str) -> Path:
    for site in sites:
        validate_site(site.name, site)
    validate_sites("gunicorn_apps", sites, default_site)
    directory.mkdir()
    for path, content in render_files(sites, around, default_site, 2048, str(directory)).items():
        Path(path).write_text(content, encoding="utf-8")
    main = directory / "nginx.conf"
    main.write_text(f"events {{}}\nhttp {{\n    include {directory}/*gunicorn*.conf;\n}}\n", encoding="utf-8")
    return main


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, dict[str, Path]]:
    """One run over the whole bank: a start of gixy takes longer than the rest."""
    home = tmp_path_factory.mktemp("gixy")
    written = {name: write(home / str(number), *BANK[name]) for number, name in enumerate(BANK)}
    return gixy(*written.values()), written


@pytest.mark.parametrize("name", BANK)
def test_nothing_is_found(report: tuple[Report, dict[str, Path]], name: str) -> None:
    found, written = report
    assert found.findings.get(str(written[name]), []) == []


def test_hsts_is_for_the_operator_to_choose(tmp_path: Path) -> None:
    """Browsers remember it, so it is off by default, and gixy rightly says so. It finds nothing else."""
    main = write(tmp_path / "x", [replace(SHOP, tls=replace(TLS, hsts=0))], Surroundings(), "reject")
    (only,) = gixy(main).findings[str(main)]
    assert only.startswith("hsts_header: No Strict-Transport-Security header found.")


def test_gixy_reads_our_files(tmp_path: Path) -> None:
    """It would find nothing either if it did not follow the include."""
    main = write(tmp_path / "x", [SHOP], Surroundings(), "reject")
    site = tmp_path / "x" / "gunicorn-shop.conf"
    site.write_text(site.read_text(encoding="utf-8").replace("Host $host$gunicorn_port", "Host $http_host", 1))
    assert any("host_spoofing" in one for one in gixy(main).findings[str(main)])
