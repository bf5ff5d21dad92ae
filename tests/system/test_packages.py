# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hostile packages and hostile projects: they run nothing that outlives them, and choose nothing that root opens."""

from __future__ import annotations

import hashlib
import io
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Play
from helpers import Converge, ask, hello
from test_sources import UV, send

PORT = 8733
INDEX = f"http://127.0.0.1:{PORT}/simple"
SIX = "six==1.17.0"
# Whatever the installer keeps of another package, in any cache that this code can find and write to.
POISON = """
import os, time
from setuptools import setup
def poison():
    done = 0
    for top in (os.environ.get("UV_CACHE_DIR", "/x"), os.environ.get("PIP_CACHE_DIR", "/x"), "/srv/gunicorn", "/tmp"):
        for directory, _names, files in os.walk(top):
            if "six.py" in files:
                try:
                    with open(os.path.join(directory, "six.py"), "a") as stream:
                        stream.write("POISONED = True\\n")
                    done += 1
                except OSError:
                    pass
    return done
for _ in range(20):
    if poison():
        break
    time.sleep(0.1)
for name in ("UV_CACHE_DIR", "PIP_CACHE_DIR", "HOME"):
    try:
        with open(os.path.join(os.environ.get(name, "/x"), "was-here"), "w") as stream:
            stream.write("evil")
    except OSError:
        pass
setup(name="evilpkg", version="1.0", py_modules=["evilpkg"])
"""
# pip imports this module only when it prints its report.
FORGE = """
import glob
from setuptools import setup
code = '''
import json, os
item = {"metadata": {"name": "x", "version": "1"}, "download_info": {"url": "file://%s", "archive_info": {}}}
print(json.dumps({"install": [item]}), flush=True)
os._exit(0)
'''
for path in glob.glob("/srv/gunicorn/*/.stage/in/resolve/lib/python3*/site-packages/pip/_vendor/rich/json.py"):
    open(path, "w").write(code)
setup(name="evilpkg", version="1.0", py_modules=["evilpkg"])
"""


def sdist(directory: Path, setup: str) -> None:
    """Write an index with one package, which is only there as a source."""
    place = directory / "simple" / "evilpkg"
    place.mkdir(parents=True, exist_ok=True)
    with tarfile.open(place / "evilpkg-1.0.tar.gz", "w:gz") as tar:
        info = "Metadata-Version: 2.1\nName: evilpkg\nVersion: 1.0\n"
        for name, text in (("setup.py", setup), ("evilpkg.py", ""), ("PKG-INFO", info)):
            member = tarfile.TarInfo(f"evilpkg-1.0/{name}")
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    digest = hashlib.sha256((place / "evilpkg-1.0.tar.gz").read_bytes()).hexdigest()
    (place / "index.html").write_text(
        f'<a href="evilpkg-1.0.tar.gz#sha256={digest}">evilpkg-1.0.tar.gz</a>\n', encoding="utf-8"
    )


@pytest.fixture
def index(prepared: Any, tmp_path: Path) -> Iterator[Path]:
    """A package index on the host; what it does not have comes from the usual one."""
    directory = tmp_path / "index"
    sdist(directory, POISON)
    send(prepared, directory, "/srv/index")
    server = f"python3 -m http.server {PORT} --bind 127.0.0.1 --directory /srv/index"
    prepared.run(f"systemctl stop index.service 2>/dev/null; systemd-run --quiet --unit=index {server}")
    prepared.run(f"for i in $(seq 50); do curl -s {INDEX}/ && exit; sleep 0.1; done || true")
    yield directory
    prepared.run("systemctl stop index.service")


def installed(host: Any, app: str, file: str) -> str:
    return str(host.out(f"sha256sum /srv/gunicorn/{app}/current/venv/lib/python3*/site-packages/{file}")).split()[0]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The digest of six.py as its authors published it."""
    directory = tmp_path_factory.mktemp("six")
    subprocess.run([UV, "pip", "install", "--quiet", f"--target={directory}", SIX], check=True)
    return hashlib.sha256((directory / "six.py").read_bytes()).hexdigest()


@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_a_build_cannot_poison_later_environments(
    converge: Converge, index: Path, original: str, tmp_path: Path, installer: str
) -> None:
    """The first release builds a hostile package; the second one is without it."""
    host, name = converge.host, f"poison-{installer}"
    environment = {"UV_INDEX": INDEX, "PIP_EXTRA_INDEX_URL": INDEX}
    variables = {"gunicorn_apps_installer": installer, "gunicorn_apps_installer_env": environment}
    app = {"app": "hello:app", "source": {"local": str(hello(tmp_path))}}
    for cache in (".cache", ".cache/uv", ".cache/pip"):  # of an earlier version of the collection
        host.run(f"mkdir -p /srv/gunicorn/{name}/{cache}; echo x > /srv/gunicorn/{name}/{cache}/six.py")
    done = converge({name: {**app, "requirements": [SIX, "evilpkg"]}}, variables=variables)
    assert host.out(f"ls /srv/gunicorn/{name}/current/venv/lib/python3*/site-packages/evilpkg.py")
    assert host.out(f"find /srv/gunicorn/{name} -name was-here -o -name .cache -o -name .stage") == ""
    confusion = "gunicorn_apps_installer_env.PIP_EXTRA_INDEX_URL: with an extra index, pip takes the newest version"
    assert (confusion in done.output) is (installer == "pip")

    converge({name: {**app, "requirements": [SIX, "itsdangerous"]}}, variables=variables)
    assert ask(host, name)["version"] == "one"
    assert installed(host, name, "six.py") == original
    check = (
        "import base64, csv, hashlib, pathlib, sys\n"
        "top = next(pathlib.Path(sys.argv[1]).glob('lib/python3*/site-packages'))\n"
        "for record in top.glob('*.dist-info/RECORD'):\n"
        "    for path, digest, _size in csv.reader(record.open()):\n"
        "        kind, _, value = digest.partition('=')\n"
        "        if value and not path.startswith('../'):\n"
        "            seen = hashlib.new(kind, (top / path).read_bytes()).digest()\n"
        "            assert base64.urlsafe_b64encode(seen).rstrip(b'=').decode() == value, path\n"
    )
    host.run(f"python3 - /srv/gunicorn/{name}/current/venv <<'END'\n{check}END")
    kept = f"/srv/gunicorn/{name}/.package-cache /srv/gunicorn/{name}/current/venv/"
    assert host.out(f"grep -rl POISONED {kept} || true") == ""


def test_wheels_only(converge: Converge, index: Path, tmp_path: Path) -> None:
    """A package without a wheel is refused by name, by both installers, and its code has not run."""
    host = converge.host
    app = {"app": "hello:app", "source": {"local": str(hello(tmp_path))}, "wheels_only": True}
    for installer in ("uv", "pip"):
        variables = {
            "gunicorn_apps_installer": installer,
            "gunicorn_apps_installer_env": {"UV_INDEX": INDEX, "PIP_EXTRA_INDEX_URL": INDEX},
        }
        refused = converge({"wheels": {**app, "requirements": ["evilpkg"]}}, variables=variables, good=False)
        said = refused.why("gunicorn_apps")
        assert "gunicorn_apps.wheels.wheels_only" in said and "evilpkg" in said
        said = converge(
            {"wheels": {**app, "requirements": ["x @ git+file:///srv/x"]}}, variables=variables, good=False
        ).why("gunicorn_apps")
        assert "gunicorn_apps.wheels.wheels_only: a requirement would be built" in said
        converge({"wheels": {**app, "requirements": [SIX]}}, variables=variables)
        assert ask(host, "wheels")["version"] == "one"
        converge({"wheels": {"state": "absent", "purge": True}})


def test_require_hashes(converge: Converge, tmp_path: Path) -> None:
    """Everything that is installed must have its hash in the app's own files, gunicorn included."""
    host, source = converge.host, hello(tmp_path)
    app = {"app": "hello:app", "source": {"local": str(source)}, "require_hashes": True}

    def pin(*packages: str) -> None:
        (tmp_path / "in.txt").write_text("\n".join(packages))
        words = ["pip", "compile", "--quiet", "--generate-hashes", "--python-version=3.11", tmp_path / "in.txt"]
        done = subprocess.run([UV, *words], check=True, capture_output=True, text=True)
        (source / "requirements.txt").write_text(done.stdout)

    pin("itsdangerous")
    said = converge({"hashes": app}, good=False).why("gunicorn_apps")
    assert "gunicorn_apps.hashes.require_hashes: the app's own files have no hash for gunicorn" in said
    assert host.out("ls -A /srv/gunicorn/hashes/venvs") == ""
    pin("itsdangerous", "gunicorn")
    converge({"hashes": app})
    assert ask(host, "hashes")["version"] == "one"
    assert converge({"hashes": app}).changed == 0


def test_a_project_is_not_the_installer(converge: Converge, tmp_path: Path) -> None:
    """A project's own pip, and a module of the standard library in it, are not run by `python -m pip`."""
    host, source = converge.host, hello(tmp_path)
    (source / "pip").mkdir()
    for name in ("pip/__init__.py", "pip/__main__.py", "optparse.py"):
        (source / name).write_text("raise SystemExit('this is not the installer')\n")
    app = {"app": "hello:app", "source": {"local": str(source)}}
    converge({"notpip": app}, variables={"gunicorn_apps_installer": "pip"})
    assert ask(host, "notpip")["version"] == "one"
    assert host.out("ls /srv/gunicorn/notpip/.cache /srv/gunicorn/notpip/.stage 2>/dev/null || true") == ""


@pytest.mark.parametrize("path", ["/etc/shadow", "/srv/fifo", "/dev/zero"])
def test_a_forged_report_opens_nothing(converge: Converge, index: Path, tmp_path: Path, path: str) -> None:
    """The code of a package writes the report of pip in its place; it names what only root may read, or never ends."""
    host = converge.host
    sdist(index, FORGE % path)
    send(host, index, "/srv/index")
    host.run("test -p /srv/fifo || mkfifo -m 666 /srv/fifo")
    app = {"app": "hello:app", "source": {"local": str(hello(tmp_path))}, "requirements": ["evilpkg"]}
    variables = {
        "gunicorn_apps_installer": "pip",
        "gunicorn_apps_installer_env": {"PIP_EXTRA_INDEX_URL": INDEX, "PIP_NO_CACHE_DIR": "1"},
    }
    refused = converge({"forged": app}, variables=variables, good=False)
    said = refused.why("gunicorn_apps")
    assert "forged" in refused.output and f"The archive '{path}' cannot be read." in said
    assert ("Permission denied" if path == "/etc/shadow" else "It is not a regular file.") in said
    assert refused.seconds < 60
    digest = host.out(f"sha256sum {path}").split()[0] if path == "/etc/shadow" else "sha256:"
    assert digest not in refused.output


def test_smuggled_options(converge: Converge, tmp_path: Path) -> None:
    """What would be a second line of the requirements file is refused before anything is done."""
    app = {"app": "hello:app", "source": {"local": str(hello(tmp_path))}}
    for wrong, named in (
        ({"requirements": [f"six\n--index-url={INDEX}"]}, "gunicorn_apps.smuggle.requirements[0]"),
        ({"requirements": [" -e ."]}, "gunicorn_apps.smuggle.requirements[0]"),
        ({"extras": [f"gevent]\n--index-url {INDEX}"]}, "gunicorn_apps.smuggle.extras[0]"),
    ):
        assert named in converge({"smuggle": {**app, **wrong}}, good=False).output
    assert converge.host.run("test -e /srv/gunicorn/smuggle", check=False).returncode != 0


def test_old_gunicorn(converge: Converge, tmp_path: Path) -> None:
    """Versions with known request smuggling are warned about by the number of the advisory."""
    app = {"app": "hello:app", "source": {"local": str(hello(tmp_path))}, "gunicorn_version": "21.2.0"}
    said = converge({"oldgun": app}, check=True).output
    assert "gunicorn_apps.oldgun.gunicorn_version: Gunicorn 21.2.0 has CVE-2024-1135 and CVE-2024-6827" in said


HOST = "- {hosts: all, gather_facts: false, roles: [wsgiops.gunicorn.gunicorn_host]}\n"


def fake_uv(directory: Path) -> None:
    """Add a wheel of the right name and version to the index, whose uv is a script."""
    place = directory / "simple" / "uv"
    place.mkdir(parents=True)
    wheel = place / "uv-0.13.8-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as bundle:
        about = "uv-0.13.8.dist-info"
        bundle.writestr("uv-0.13.8.data/scripts/uv", "#!/bin/sh\nid > /root/uv-ran\necho uv 0.13.8\n")
        bundle.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: uv\nVersion: 0.13.8\n")
        bundle.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        bundle.writestr(f"{about}/RECORD", "")
    (place / "index.html").write_text(f'<a href="{wheel.name}">{wheel.name}</a>\n')


def test_uv_comes_by_its_hash(play: Play, prepared: Any, index: Path) -> None:
    """An index that serves another uv under the right name and version is refused before root runs that."""
    fake_uv(index)
    send(prepared, index, "/srv/index")
    prepared.run("rm -r /usr/local/lib/wsgiops")
    of_index = {"gunicorn_host_build_env": {"PIP_INDEX_URL": INDEX}}
    refused = play(HOST, of_index, good=False)
    assert "uv 0.13.8 could not be installed." in refused.why("gunicorn_host")
    assert "DO NOT MATCH THE HASHES" in refused.why("gunicorn_host")
    assert prepared.out("ls -A /usr/local/lib/wsgiops; ls /root/uv-ran 2>/dev/null || true") == ""

    unknown = play(HOST, {**of_index, "gunicorn_host_uv_version": "0.13.7"}, good=False).output
    assert "gunicorn_host_uv_hashes: is empty, and no hash of uv 0.13.7 is known here" in unknown
    assert play(HOST).changed == 1
    assert play(HOST).changed == 0

    prepared.run("printf x | dd of=/usr/local/lib/wsgiops/uv-0.13.8/uv conv=notrunc status=none")
    assert play(HOST, check=True).of("gunicorn_host")["changes"] == ["install uv 0.13.8"]
    prepared.run("rm /usr/local/lib/wsgiops/uv-0.13.8/record.json")  # as an earlier version of the collection left it
    assert play(HOST).of("gunicorn_host")["changes"] == ["install uv 0.13.8"]
    assert prepared.out("/usr/local/lib/wsgiops/uv --version").startswith("uv 0.13.8")
    prepared.run("touch /usr/local/lib/wsgiops/uv-0.13.8/uv")  # its content is what was recorded
    assert play(HOST).changed == 0
