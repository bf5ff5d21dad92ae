# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deploys a host with the collection of a commit, and archives it: make.py COMMIT NAME. README.md says when and why."""

from __future__ import annotations

import argparse
import base64
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent)]

from rig import ROOT, TOOL, Host, Result, bring, run_playbook
from upgrade.deployed import PLACE, Deployed, placed, platform_of, write_sources

NAME = "upgrade-make"
CHECKOUT = Path("/tmp/checkout")  # local sources are in manifests by their path, which should say nothing of a machine
GUNICORN = "27.0.1"
PATHS = (
    "/srv/gunicorn",
    "/opt/legacy",
    "/opt/legacy-venv",
    "/etc/sysctl.d/90-gunicorn.conf",
    "/etc/security/limits.d/90-gunicorn.conf",
    "/etc/nginx/conf.d",
    "/etc/nginx/sites-enabled",
    "/etc/systemd/system/*gunicorn*",
    "/etc/systemd/system/*.wants/*gunicorn*",
)
# The cache is the installer's alone.
PACK = "cd / && tar --format=posix --numeric-owner --sort=name --exclude=.cache -cf - {paths}"

SAY = """\
import json
import os

VERSION = "{version}"


def app(environ, start_response):
    start_response("{status}", [("Content-Type", "application/json")])
    said = {{"version": VERSION, "token": os.environ.get("TOKEN", ""), "pid": os.getpid()}}
    return [json.dumps(said).encode()]
"""
ASGI = """\
VERSION = "one"


async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": VERSION.encode()})
"""
LOCKED = """\
itsdangerous==2.2.0 \\
    --hash=sha256:c6242fc49e35958c8b15141343aa660db5fc54d4f13a1db01a3f5891b98700ef \\
    --hash=sha256:e0050c0b7da1eea53ffaf149c0cfbb5c6e2e2b69c4bef22c81fa6eb73e5f6173
"""
HOOKS = """\
def when_ready(server):
    server.log.info("the shop is open")
"""


@dataclass(frozen=True)
class Maker:
    """The host in the making, and the sources as they are right now."""

    host: Host
    directory: Path
    sources: dict[str, Any]

    def play(self, playbook: str, good: bool = True, **variables: Any) -> Result:
        """Run a playbook against the sources as they are; they go where their paths in manifests shall lead."""
        shutil.rmtree(CHECKOUT, ignore_errors=True)
        write_sources(self.sources, CHECKOUT)
        done = run_playbook(playbook, self.host, placed(variables, CHECKOUT), self.directory)
        if (done.status == 0) is not good:
            sys.exit(f"{playbook} ended with {done.status}:\n{done.output}")
        print(f"{playbook}: {done.seconds:.0f} s, status {done.status}", flush=True)
        return done

    def site(self, apps: dict[str, Any], good: bool = True) -> None:
        self.play("wsgiops.gunicorn.site", good, gunicorn_apps=apps, **VARIABLES)

    def live(self, app: str) -> str:
        return self.host.out(f"readlink /srv/gunicorn/{app}/current").rpartition("/")[2]


# Numbers that would come from the machine are declared: on another one they would be another release.
VARIABLES: dict[str, Any] = {
    "gunicorn_host_uv_version": "0.13.8",
    "gunicorn_host_limits": [{"domain": "@deploy", "item": "nofile", "value": 65535}],
}
SHOP: dict[str, Any] = {
    "app": "shop:app",
    "source": {"local": f"{PLACE}/shop"},
    "gunicorn_version": GUNICORN,
    "instances": {
        "web": {"settings": {"workers": 2, "threads": 2}},
        "slow": {"requests": "report", "settings": {"worker_class": "sync", "workers": 1}, "routes": ["/slow/"]},
    },
    "server_name": ["shop.localhost"],
    "static": {"/static/": "public"},
    "health": {"within": 10},
    "limits": {"nofile": 4096, "nproc": 500},
}
MORE: dict[str, Any] = {
    "env": {"HOME": "{shared}", "GREETING": "good day"},
    "secret_env": {"TOKEN": "not-really-secret"},
    "build": ["echo built > public/built.txt"],
    "release": ["echo released >> $HOME/released"],
    "settings": {"max_requests": 5000},
    "access_log": "json",
    "log_memory": True,
    "hooks": "hooks.py",
}
DESK: dict[str, Any] = {
    "app": "desk:app",
    "source": {"local": f"{PLACE}/desk", "subdir": "backend"},
    "gunicorn_version": GUNICORN,
    "profile": "cpu",
    "settings": {"workers": 1},
    "limits": {"nofile": 4096, "nproc": 500},
    "server_name": ["desk.localhost"],
    "health": {
        "host": "desk.internal",
        "status": [200],
        "within": 20,
        "headers": {"Content-Type": "application/json"},
        "successes": 2,
        "settle": 0.2,
    },
}
# As many workers as the memory allows that the import was seen to take: two, whatever the number of CPUs.
TOOL_APP: dict[str, Any] = {
    "app": "wsgiref.simple_server:demo_app",
    "source": {"packages": ["itsdangerous==2.2.0"]},
    "gunicorn_version": GUNICORN,
    "settings": {"workers": "2n+1"},
    "memory_budget": "150M",
    "server_name": ["tool.localhost"],
    "limits": {"nofile": 4096},
}
FEED: dict[str, Any] = {
    "app": "feed:app",
    "source": {"archive": f"{PLACE}/feed.tar.gz"},
    "requirements": [],
    "gunicorn_version": GUNICORN,
    "profile": "realtime",
    "settings": {"workers": 1},
    "bind": "127.0.0.1:8471",
    "server_name": ["feed.localhost"],
    "limits": {"nofile": 4096},
    "strategy": "restart",
}
LEGACY: dict[str, Any] = {
    "app": "legacy:app",
    "source": {"path": "/opt/legacy", "venv": "/opt/legacy-venv"},
    "settings": {"workers": 1, "preload_app": True},
    "server_name": ["legacy.localhost"],
    "limits": {"nofile": 4096},
    "sandbox": [{"directive": "PrivateDevices", "value": "false", "reason": "reads a device"}],
    "systemd": {"Service": {"Nice": 5}},
}


def say(version: str, status: str = "200 OK") -> str:
    return SAY.format(version=version, status=status)


def archived(name: str, files: dict[str, str]) -> dict[str, Any]:
    """A tar of one top directory, as the text of JSON can hold it."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for path, content in files.items():
            about = tarfile.TarInfo(f"{name}/{path}")
            about.size = len(content)
            tar.addfile(about, io.BytesIO(content.encode()))
    return {"base64": base64.b64encode(stream.getvalue()).decode()}


def deploy(make: Maker) -> tuple[dict[str, Any], dict[str, dict[str, str]]]:
    """Releases of every kind, good and bad; returns what is declared in the end, and what each release serves."""
    host, sources = make.host, make.sources
    serves: dict[str, dict[str, str]] = {"shop": {}, "desk": {}, "tool": {}, "feed": {}, "legacy": {}}
    # Service users get numbers that no package of the distribution takes.
    host.run("printf 'SYS_UID_MAX 799\\nSYS_GID_MAX 799\\n' >> /etc/login.defs")

    def note(app: str, version: str) -> None:
        serves[app][make.live(app)] = version

    sources |= {
        "shop/shop.py": say("one"),
        "shop/hooks.py": HOOKS,
        "shop/requirements.txt": "itsdangerous==2.2.0\n",
        "shop/public/shop.css": "body { color: black }\n",
        "desk/backend/desk.py": say("one"),
        "desk/backend/requirements.txt": LOCKED,
        "feed.tar.gz": archived("feed-1.0", {"feed.py": ASGI}),
    }
    apps = {"shop": SHOP, "desk": DESK, "tool": TOOL_APP, "feed": FEED}
    make.site(apps)
    for app in apps:
        note(app, "one")

    # A directory and an environment that somebody else made; and packages, commands and secrets for the shop.
    host.run(f"mkdir /opt/legacy; cat > /opt/legacy/legacy.py <<'END'\n{say('one')}END")
    uv = "UV_LINK_MODE=copy SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt /usr/local/lib/wsgiops/uv"
    host.run(f"{uv} venv --python /usr/bin/python3 /opt/legacy-venv")
    host.run(f"{uv} pip install --python /opt/legacy-venv/bin/python gunicorn=={GUNICORN}")
    apps |= {"legacy": LEGACY, "shop": {**SHOP, **MORE}}
    sources |= {"shop/shop.py": say("two"), "desk/backend/desk.py": say("two")}
    make.site(apps)
    for app in ("shop", "desk"):
        note(app, "two")
    note("legacy", "one")

    # One that cannot be imported, and one whose answers are bad.
    for code in ("raise RuntimeError('broken on purpose')\n", say("ill", "500 Internal Server Error")):
        sources["shop/shop.py"] = code
        make.site(apps, good=False)

    # One that is rolled back; then somebody edits files on the host, and `site` makes that release anew.
    sources["shop/shop.py"] = say("three")
    make.site(apps)
    note("shop", "three")
    make.play("wsgiops.gunicorn.rollback", app="shop")
    host.run("echo '# edited' >> $(readlink -f /srv/gunicorn/desk/current/src)/backend/desk.py")
    sources["shop/shop.py"] = say("four")
    make.site(apps)
    note("shop", "four")
    note("desk", "two")
    return apps, serves


def releases(make: Maker, app: str, serves: dict[str, str]) -> list[dict[str, str]]:
    """As the collection lists them that made them."""
    listed = make.play("wsgiops.gunicorn.releases", app=app).of("gunicorn_release")["releases"]
    return [
        {"release": one["release"], "result": one["result"], "serves": serves.get(one["release"], "")} for one in listed
    ]


@contextmanager
def collection_of(commit: str) -> Iterator[None]:
    """Let Ansible find the collection as it was at the commit."""
    with tempfile.TemporaryDirectory() as directory:
        target = Path(directory, "ansible_collections/wsgiops/gunicorn")
        target.mkdir(parents=True)
        packed = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
        subprocess.run(["tar", "-C", target, "-xf", "-"], input=packed, check=True)
        os.environ["ANSIBLE_COLLECTIONS_PATH"] = directory
        yield


def pack(host: Host, target: Path) -> list[str]:
    """Write the archive; returns the paths in it."""
    paths = [path for path in PATHS if host.run(f"ls -d {path}", check=False).returncode == 0]
    relative = " ".join(path[1:] for path in paths)
    command = [TOOL, "exec", host.name, "sh", "-euc", PACK.format(paths=relative)]
    tar = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    with target.open("wb") as stream:
        subprocess.run(["xz", "-9e"], input=tar, check=True, stdout=stream)
    return paths


def accounts(host: Host) -> dict[str, list[str]]:
    return {kind: host.out(f"getent {kind} | grep ^gunicorn-; true").splitlines() for kind in ("passwd", "group")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commit", help="whose collection deploys")
    parser.add_argument("name", help="of the directory that holds the archive")
    given = parser.parse_args()
    commit = subprocess.run(
        ["git", "rev-parse", f"{given.commit}^{{commit}}"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    ).stdout.strip()
    target = HERE / given.name
    with tempfile.TemporaryDirectory() as directory, collection_of(commit):
        try:
            make = Maker(bring(NAME, "debian12", Path(directory)), Path(directory), {})
            apps, serves = deploy(make)
            listed = {app: releases(make, app, serves[app]) for app in apps}
            target.mkdir(exist_ok=True)
            about = Deployed(
                commit=commit,
                platform=platform_of(make.host),
                accounts=accounts(make.host),
                paths=pack(make.host, target / "host.tar.xz"),
                sources=make.sources,
                variables={"gunicorn_apps": apps, **VARIABLES},
                releases=listed,
            )
            (target / "host.json").write_text(json.dumps(asdict(about), indent=2) + "\n")
        finally:
            subprocess.run([TOOL, "down", NAME], check=True)
    print(f"{target}: {(target / 'host.tar.xz').stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
