# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every kind of source becomes a running app, and a second run has nothing to do."""

from __future__ import annotations

import subprocess
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from helpers import Converge, ask, hello

UV = Path(__file__).resolve().parents[2] / ".cache" / "uv" / "bin" / "uv"
GIT = ["git", "-c", "user.name=test", "-c", "user.email=test@example.com"]


def commit(repository: Path, message: str) -> None:
    subprocess.run([*GIT, "-C", repository, "add", "."], check=True)
    subprocess.run([*GIT, "-C", repository, "commit", "--quiet", "--message", message], check=True)


def send(host: Any, source: Path, target: str) -> None:
    """Put a directory on the host."""
    with subprocess.Popen(["tar", "-C", source, "-cf", "-", "."], stdout=subprocess.PIPE) as tar:
        command = f"rm -rf {target}; mkdir -p {target}; tar -C {target} --no-same-owner -xf -"
        subprocess.run([host.tool, "ssh", host.name, command], stdin=tar.stdout, check=True)


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The hello app as a wheel, a tar archive with one top directory, and a zip archive without."""
    directory = tmp_path_factory.mktemp("archives")
    source = hello(directory)
    subprocess.run([UV, "build", "--quiet", "--wheel", "--out-dir", directory, source], check=True)
    with tarfile.open(directory / "hello.tar.gz", "w:gz") as tar:
        for name in ("hello.py", "requirements.txt"):
            tar.add(source / name, f"hello-1.0/{name}")
    with zipfile.ZipFile(directory / "hello.zip", "w") as bundle:
        bundle.write(source / "hello.py", "hello.py")
    return {"wheel": next(directory.glob("*.whl")), "tar": directory / "hello.tar.gz", "zip": directory / "hello.zip"}


def test_sources(converge: Converge, archives: dict[str, Path], tmp_path: Path) -> None:
    """local, three archives, a directory on the host; two instances; a TCP port."""
    host = converge.host
    send(host, hello(tmp_path), "/srv/handmade")
    apps = {
        "local": {"app": "hello:app", "source": {"local": str(hello(tmp_path))}, "requirements": "pyproject.toml"},
        "wheel": {"app": "hello:app", "source": {"archive": str(archives["wheel"])}},
        "tar": {"app": "hello:app", "source": {"archive": str(archives["tar"])}},
        "zip": {"app": "hello:app", "source": {"archive": str(archives["zip"])}, "bind": "127.0.0.1:8471"},
        "path": {
            "app": "hello:app",
            "source": {"path": "/srv/handmade"},
            "instances": {"web": {}, "slow": {"settings": {"worker_class": "gevent"}, "routes": ["/slow/"]}},
        },
    }
    done = converge(apps)
    assert done.changed == 1
    for name in ("local", "wheel", "tar", "path"):
        assert ask(host, name)["version"] == "one"
    assert ask(host, "path", "slow", "/slow/x")["path"] == "/slow/x"
    assert '"version": "one"' in host.out(
        "python3 -c \"import urllib.request as u; print(u.urlopen('http://127.0.0.1:8471').read())\""
    )
    assert converge(apps).changed == 0

    host.run('sed -i \'s/VERSION = "one"/VERSION = "edited"/\' /srv/handmade/hello.py')
    again = converge(apps)
    assert again.of("gunicorn_apps")["apps"]["path"]["changed"]
    assert not again.of("gunicorn_apps")["apps"]["local"]["changed"]
    assert ask(host, "path")["version"] == "edited"

    gone = {name: {"state": "absent", "purge": True} for name in apps}
    assert converge(gone).changed == 1
    assert converge(gone).changed == 0
    for name in apps:
        traces = f"ls -d /srv/gunicorn/{name} /run/gunicorn/{name} /etc/systemd/system/gunicorn-{name}-*"
        assert host.out(f"{traces} 2>/dev/null; getent passwd gunicorn-{name}; true") == ""


def test_git(converge: Converge, tmp_path: Path) -> None:
    """A tag is resolved once and needs no repository afterwards; a branch is looked up in each run."""
    host = converge.host
    repository = hello(tmp_path)
    subprocess.run([*GIT, "init", "--quiet", "--initial-branch=main", repository], check=True)
    commit(repository, "one")
    subprocess.run([*GIT, "-C", repository, "tag", "v1"], check=True)
    send(host, repository, "/srv/repository")

    def declare(version: str) -> dict[str, Any]:
        return {"fromgit": {"app": "hello:app", "source": {"git": "file:///srv/repository", "version": version}}}

    converge(declare("v1"))
    assert ask(host, "fromgit")["version"] == "one"
    host.run("mv /srv/repository /srv/moved")
    assert converge(declare("v1")).changed == 0
    host.run("mv /srv/moved /srv/repository")

    hello(tmp_path, "two")
    commit(repository, "two")
    send(host, repository, "/srv/repository")
    assert converge(declare("main")).changed == 1
    assert ask(host, "fromgit")["version"] == "two"
    assert converge(declare("main")).changed == 0

    said = converge(declare("v9"), good=False).output
    assert "gunicorn_apps.fromgit.source.version" in said and "'v9'" in said
    said = converge({"fromgit": {"app": "hello:app", "source": {"git": "file:///srv/nowhere"}}}, good=False).output
    assert "gunicorn_apps.fromgit.source.git: cannot read file:///srv/nowhere" in said
    assert ask(host, "fromgit")["version"] == "two"


def test_lock(converge: Converge, tmp_path: Path) -> None:
    """Requirements are resolved once: another setting needs no index, and neither does another version of the code."""
    host = converge.host
    app = {"app": "hello:app", "source": {"local": str(hello(tmp_path))}}
    no_index = {"gunicorn_apps_installer_env": {"UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple"}}
    converge({"locked": app})
    venv = host.out("readlink /srv/gunicorn/locked/current/venv")
    changed = {**app, "settings": {"max_requests": 1000}}
    converge({"locked": changed}, variables=no_index)
    hello(tmp_path, "two")
    converge({"locked": changed}, variables=no_index)
    assert host.out("readlink /srv/gunicorn/locked/current/venv") == venv
    assert ask(host, "locked")["version"] == "two"

    refused = converge(
        {"locked": {**changed, "requirements": ["itsdangerous", "colorama"]}}, variables=no_index, good=False
    )
    assert "The requirements cannot be resolved." in refused.output
    assert ask(host, "locked")["version"] == "two"
    assert converge({"locked": {**changed, "upgrade": True}}).of("gunicorn_apps")["changes"] == []


def test_hashes(converge: Converge, tmp_path: Path) -> None:
    """A hash that no file of the index has stops the build; nothing is installed in its place."""
    source = hello(tmp_path)
    (source / "requirements.txt").write_text(f"itsdangerous==2.2.0 \\\n    --hash=sha256:{'0' * 64}\n")
    said = converge({"hashed": {"app": "hello:app", "source": {"local": str(source)}}}, good=False).output
    assert "with a hash that the requirements allow" in said
    assert converge.host.out("ls -A /srv/gunicorn/hashed/venvs") == ""
