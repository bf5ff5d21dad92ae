# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Attacks by packages and archives, and by the index that they come from."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable

from attack import Archive, Attack, Deploy, Git, Local, Play, Run
from hostile import member, sdist, tar, wheel, zipped
from payload import WSGI, python

WITH_APP = {"wsgi.py": WSGI}
READ_OTHERS = """
import glob, os
attempt("code of another app", lambda: read(glob.glob("/srv/gunicorn/shop/current/src/wsgi.py")[0]))
attempt("what another app was built from", lambda: read("/srv/gunicorn/shop/current/manifest.json"))
attempt("data of another app", lambda: read("/srv/gunicorn/shop/shared/shop.sqlite3"))
attempt("data of its own app", lambda: os.listdir("/srv/gunicorn/@APP@/shared"))
attempt("nginx's configuration", lambda: read("/etc/nginx/conf.d/gunicorn-shop.conf"))
attempt("a home directory", lambda: read("/home/bob/notes"))
attempt("a socket of another app", lambda: connect(1, "/run/gunicorn/shop/web.sock"))
attempt("the control socket", lambda: connect(1, glob.glob("/run/gunicorn-*-web/control.sock")[0]))
"""
POISON = """
import glob, os, pathlib
places = [os.environ.get("UV_CACHE_DIR"), os.environ.get("PIP_CACHE_DIR"), *glob.glob("/srv/gunicorn/@APP@/.cache")]
for place in filter(None, places):
    for path in pathlib.Path(place).rglob("six.py"):
        with open(path, "a") as stream:
            stream.write("POISONED = True\\n")
"""
SCRIPTS = ("gunicorn", "activate", "pip")  # uv itself refuses one that is called python


def tree(count: int) -> bytes:
    """An archive of many empty files with few names: making them must not be what takes long."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz", compresslevel=1) as archive:
        for number in range(count):
            archive.addfile(tarfile.TarInfo(f"app/{number % 100}"))
    return stream.getvalue()


def encrypted() -> bytes:
    """A zip archive whose member claims to be encrypted."""
    data = bytearray(zipped({"wsgi.py": WSGI}))
    for start, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(start) + offset] |= 1
    return bytes(data)


def bomb() -> bytes:
    """A zip archive of zeros."""
    zeros = bytes(100 * 1024**2)
    return zipped({"wsgi.py": WSGI, **{f"z{number}": zeros for number in range(6)}})


def nul_path() -> bytes:
    """An archive whose pax header names a file with a NUL in it."""
    info = tarfile.TarInfo("x")
    info.pax_headers = {"path": "wsgi\0.py"}
    return tar((info, b""))


def archive(
    name: str, goal: str, what: str, file: str, make: Callable[[], bytes], refused: str, **more: object
) -> Attack:
    """An archive that must be refused."""
    by = str(more.pop("stopped_by", "the archive is refused, and only its app fails"))
    steps = [Deploy(Archive(file, make))]
    return Attack(name, "package", goal, what, by, steps, refused=refused, tried="", **more)  # type: ignore[arg-type]


DAMAGED = "source cannot be used|archive is damaged"
ARCHIVES = (
    archive(
        *("tar-outside", "root", "a member `../../../../etc/cron.d/evil`, and one with an absolute path", "x.tar.gz"),
        lambda: tar(
            member("../../../../../etc/cron.d/evil", "* * * * * root id > /root/pwned\n"), member("/etc/evil", "x")
        ),
        r"(?i)outside|lead",
    ),
    archive(
        *("tar-link", "root", "a link to `/etc`, then a file behind it", "x.tar.gz"),
        lambda: tar(member("l", kind=tarfile.SYMTYPE, link="/etc"), member("l/evil", "x")),
        r"(?i)outside|lead|link",
    ),
    archive(
        *("tar-hard-link", "root", "a hard link to a file of root", "x.tar.gz"),
        lambda: tar(
            member("wsgi.py", WSGI),
            member("h", kind=tarfile.LNKTYPE, link="../../../../../root/private/requirements.txt"),
        ),
        r"(?i)outside|lead|link",
    ),
    archive(
        *("tar-device", "root", "a device file", "x.tar.gz"),
        lambda: tar(member("wsgi.py", WSGI), member("sda", kind=tarfile.BLKTYPE)),
        r"(?i)device|special|regular|refused|sda",
    ),
    archive(
        *(
            "tar-lost-link",
            "host",
            "a hard link to a member that is not there, which ends the unpacking by an exception",
        ),
        *("x.tar.gz", lambda: tar(member("wsgi.py", WSGI), member("h", kind=tarfile.LNKTYPE, link="nowhere")), DAMAGED),
    ),
    archive(
        *("tar-loop", "host", "hard links to one another, which end the unpacking by an exception", "x.tar.gz"),
        lambda: tar(
            member("wsgi.py", WSGI),
            member("a", kind=tarfile.SYMTYPE, link="b"),
            member("b", kind=tarfile.SYMTYPE, link="a"),
            member("c", kind=tarfile.LNKTYPE, link="a"),
        ),
        DAMAGED,
    ),
    archive(
        "tar-nul", "host", "a NUL in a name, which ends the unpacking by an exception", "x.tar.gz", nul_path, DAMAGED
    ),
    archive(
        "zip-encrypted",
        "host",
        "an encrypted zip, which ends the unpacking by an exception",
        "x.zip",
        encrypted,
        DAMAGED,
    ),
    archive(
        *(
            "zip-bomb",
            "host",
            "600 kB that unpack to 600 MB",
            "x.zip",
            bomb,
        ),
        "unpacks to more than",
        stopped_by="unpacking is limited in size and in its ratio to the archive",
    ),
    archive(
        *("many-files", "host", "an archive of 320,000 files", "x.tar.gz", lambda: tree(320_000)),
        "more than [0-9]+ files",
        stopped_by="unpacking is limited in the number of files",
    ),
)
ATTACKS = (
    Attack(
        "cache-poison",
        "package",
        "apps",
        "the build of one package changes another one in the installer's cache; a later release, which has only the "
        "other one, would get it changed",
        "what builds packages cannot write to what later environments are made from",
        [
            Deploy(Git({**WITH_APP, "requirements.txt": "six\n"})),
            Deploy(Git({**WITH_APP, "requirements.txt": "six\nevil-poison\n"})),
            Deploy(Git({**WITH_APP, "requirements.txt": "six\nitsdangerous\n"})),
        ],
        index={"evil_poison-1.0.tar.gz": sdist("evil-poison", POISON.replace("@APP@", "evil-cache-poison"))},
        tried="(?s)DEPLOYED.*DEPLOYED.*DEPLOYED",
        proof="grep -rl POISONED $(readlink -f /srv/gunicorn/@APP@/current/venv)/lib/*/*/six.py",
        within=120,
    ),
    Attack(
        "sdist-reads",
        "package",
        "apps",
        "the build of a package reads code, data and sockets of other apps, and data of its own app",
        "builds run as another user than the service; homes, other apps and runtime directories are out of their sight",
        [Deploy(Git({**WITH_APP, "requirements.txt": "evil-reads\n"}))],
        index={
            "evil_reads-1.0.tar.gz": sdist(
                "evil-reads", python(READ_OTHERS.replace("@APP@", "evil-sdist-reads")) + "raise SystemExit(3)"
            )
        },
        refused="(?i)evil-reads",
        tried="",
    ),
    Attack(
        "sdist-root",
        "package",
        "root",
        "the build of a package tries to become root, to open a user namespace and to write outside of the build",
        "builds run as a user without rights or capabilities, and see a read-only system",
        [Deploy(Git({**WITH_APP, "requirements.txt": "evil-root\n"}))],
        index={
            "evil_root-1.0.tar.gz": sdist(
                "evil-root",
                python("""
import os, subprocess
attempt("uid 0", lambda: os.getuid() == 0)
attempt("setuid", lambda: os.setuid(0) or True)
attempt("a user namespace", lambda: subprocess.check_call(["unshare", "-Ur", "true"]) == 0)
attempt("a file of the system", lambda: open("/etc/evil", "w"))
attempt("a file of root", lambda: read("/root/private/requirements.txt"))
raise SystemExit(3)
"""),
            )
        },
        refused="(?i)evil-root",
        tried="",
    ),
    Attack(
        "index-password",
        "package",
        "operator",
        "a build that fails prints its environment, and with it the password in the URL of the index",
        "passwords inside of URLs are masked",
        [
            Deploy(
                Git({**WITH_APP, "requirements.txt": "evil-env\n"}),
                variables={
                    "gunicorn_apps_installer_env": {"UV_INDEX": "http://ci:hunter2-s3cret@@ADDRESS@:8999/simple"}
                },
            )
        ],
        index={
            "evil_env-1.0.tar.gz": sdist(
                "evil-env",
                "import base64, os, sys\nurl = os.environ.get('UV_INDEX', '')\n"
                "print('TRIED', url, repr(url), url.split('@')[0], dict(os.environ))\nsys.exit(3)",
            )
        },
        loot="hunter2",
    ),
    Attack(
        "pth-wheel",
        "package",
        "root",
        "a wheel brings a `.pth` file, which each start of the environment's Python runs",
        "root never starts the interpreter of a virtual environment",
        [Deploy(Git({**WITH_APP, "requirements.txt": "evil-pth\n"}))],
        index={
            "evil_pth-1.0-py3-none-any.whl": wheel(
                "evil-pth",
                {
                    "evil_pth.py": "",
                    "evil.pth": 'import os; os.getuid() == 0 and open("/root/pwned", "w").write("pth")\n',
                },
            )
        },
        tried="DEPLOYED",
    ),
    Attack(
        "scripts-wheel",
        "package",
        "root",
        "a wheel whose scripts replace `bin/gunicorn` and `bin/activate` of the environment",
        "root never starts the interpreter of a virtual environment; the service runs it in its sandbox",
        [Deploy(Git({**WITH_APP, "requirements.txt": "evil-scripts\n"}))],
        index={
            "evil_scripts-1.0-py3-none-any.whl": wheel(
                "evil-scripts",
                {
                    f"evil_scripts-1.0.data/scripts/{name}": "#!/bin/sh\n[ $(id -u) != 0 ] || id > /root/pwned\n"
                    'exec /usr/bin/python3 "$@"\n'
                    for name in SCRIPTS
                },
            )
        },
        refused="reserved name",
        tried="DEPLOYED",
    ),
    Attack(
        "wheel-outside",
        "package",
        "root",
        "a wheel with members outside of its directory",
        "the installer refuses it, and it only runs where nothing else can be written",
        [
            Deploy(
                Archive(
                    "evil_wheel-1.0-py3-none-any.whl",
                    lambda: wheel("evil-wheel", {"wsgi.py": WSGI, "../../../../../../etc/evil": "x"}),
                )
            )
        ],
        refused="(?i)outside|invalid",
        tried="DEPLOYED",
    ),
    Attack(
        "fake-uv",
        "package",
        "root",
        "the index of the host gives out a program of its own as `uv`",
        "the wheel of uv must have the hash that the collection knows",
        [
            Play(
                "- hosts: all\n  gather_facts: false\n  roles: [wsgiops.gunicorn.gunicorn_host]\n",
                {"gunicorn_host_build_env": {"PIP_INDEX_URL": "@INDEX@/simple", "PIP_TRUSTED_HOST": "@ADDRESS@"}},
            ),
            Run("/usr/local/lib/wsgiops/uv --version; echo"),
        ],
        index={
            f"uv-0.13.8-{tag}.whl": wheel(
                "uv", {"uv-0.13.8.data/scripts/uv": "#!/bin/sh\nid > /root/pwned; echo uv 0.13.8\n"}, "0.13.8"
            )
            for tag in ("py3-none-any",)
        },
        before="mv /usr/local/lib/wsgiops /srv/wsgiops-kept",
        after="rm -rf /usr/local/lib/wsgiops; mv /srv/wsgiops-kept /usr/local/lib/wsgiops",
        refused="(?i)hash",
        subject="uv",
        tried="",
    ),
    Attack(
        "smuggled-option",
        "operator",
        "root",
        "a requirement and an extra with a line break, behind which an option names another index",
        "requirements with line breaks or options are refused on the controller",
        [
            Deploy(Local(WITH_APP), {"requirements": ["six\n--index-url=http://127.0.0.1:9/simple"]}),
            Deploy(Local(WITH_APP), {"extras": ["gevent]\n--index-url=http://127.0.0.1:9/simple\nsix[x"]}),
        ],
        loot=r"127\.0\.0\.1:9/simple/\w",
        refused=r"(?s)gunicorn_apps\.evil-smuggled-option\.requirements.*evil-smuggled-option\.extras",
        tried="",
    ),
    *ARCHIVES,
)
