# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Attacks by who can push to a repository."""

from __future__ import annotations

from attack import Attack, Deploy, Git, Path, Run
from hostile import Commit, Link
from payload import EVIL_SECRET, SEQUENCES, WSGI, python

WITH_APP = {"wsgi.py": WSGI}
PYC = "/usr/lib/python3.11/__pycache__/colorsys.cpython-311.pyc"
AS_ROOT = 'import os; os.getuid() == 0 and open("/root/pwned", "w").write("as root")'
LEADS_OUT = "contains a link that leads outside"
PIP = {"gunicorn_apps_installer": "pip"}


def report(url: str) -> str:
    """A `pip` that is only a report, which names this file."""
    return python(f"""
import json
print(json.dumps({{"install": [{{"metadata": {{"name": "x", "version": "1"}},
    "download_info": {{"url": "file://{url}", "archive_info": {{}}}}}}]}}))
""")


# Whoever is there may read the lock while it is used.
PEEK = """systemd-run -q --uid=mallory --unit=evil-peek sh -c '
while sleep 0.05; do cat /srv/gunicorn/@APP@/.stage/in/lock.txt >> /home/mallory/seen 2>/dev/null; done'"""
ATTACKS = (
    Attack(
        "pycache-link",
        "repository",
        "root",
        "`__pycache__` is a link to the directory of Python's own bytecode",
        "a `__pycache__` that a source brings is dropped, and root compiles nothing",
        [
            Deploy(Git({**WITH_APP, "__pycache__": Link("/usr/lib/python3.11/__pycache__"), "colorsys.py": AS_ROOT})),
            Run("python3 -c 'import colorsys'"),
        ],
        refused=LEADS_OUT,
        tried="DEPLOYED",
        proof=f"[ $(stat -c %Z {PYC}) -le $(stat -c %Z /run/stamp) ] || echo changed: {PYC}",
        after="python3 -m compileall -q -f /usr/lib/python3.11/colorsys.py",
    ),
    Attack(
        "env-link",
        "repository",
        "apps",
        "`leak.py` is a link to the environment of another app; its bytecode would hold the values",
        "links that lead out of the source are refused before anything else reads it",
        [Deploy(Git({**WITH_APP, "leak.py": Link("/srv/gunicorn/shop/current/env")}))],
        refused=LEADS_OUT,
        tried="DEPLOYED",
    ),
    Attack(
        "kmsg-link",
        "repository",
        "host",
        "a `.py` is a link to `/proc/kmsg`, whose reader waits for ever",
        "links that lead out of the source are refused before anything else reads it",
        [Deploy(Git({**WITH_APP, "k.py": Link("/proc/kmsg")}))],
        refused=LEADS_OUT,
        tried="DEPLOYED",
        within=45,
    ),
    Attack(
        "subdir-link",
        "repository",
        "root",
        "`subdir` is a link to a directory of root that has a `requirements.txt`",
        "links that lead out of the source are refused before anything else reads it",
        [Deploy(Git({**WITH_APP, "code": Link("/root/private")}), {"source": {"subdir": "code"}})],
        refused=LEADS_OUT,
        tried="DEPLOYED",
    ),
    Attack(
        "requirements-link",
        "repository",
        "root",
        "`requirements.txt` includes another file (`-r`) that is a link to a file of root",
        "links that lead out of the source are refused before anything else reads it",
        [
            Deploy(
                Git({**WITH_APP, "requirements.txt": "-r more.txt", "more.txt": Link("/root/private/requirements.txt")})
            )
        ],
        refused=LEADS_OUT,
        tried="DEPLOYED",
    ),
    Attack(
        "deep-tree",
        "repository",
        "host",
        "2000 nested directories, deeper than what walks a tree by recursion can go",
        "a source is unpacked, sealed and removed without recursion, or refused for its depth",
        [Deploy(Git({**WITH_APP, "d/" * 2000 + "x": "x"}))],
        refused="directories inside each other",
        tried="DEPLOYED",
    ),
    Attack(
        "odd-names",
        "repository",
        "operator",
        "the name of a file has terminal sequences, and a message quotes it",
        "control characters in the text of others are made visible",
        [
            Deploy(
                Git(
                    {
                        **WITH_APP,
                        b"\x1b]0;OWNED\x07\x1b[2J.py": Link("/etc/passwd"),
                    }
                )
            )
        ],
        refused=LEADS_OUT,
        tried="DEPLOYED",
    ),
    Attack(
        "odd-bytes",
        "repository",
        "operator",
        "the name of a file has a line break and bytes that are not UTF-8, and a message quotes it",
        "control characters in the text of others are made visible; names are bytes until then",
        [Deploy(Git({**WITH_APP, b"new\nline \xff\xfe.py": Link("/etc/passwd")}))],
        refused=LEADS_OUT,
        tried="DEPLOYED",
    ),
    Attack(
        "git-features",
        "repository",
        "root",
        "filters in `.gitattributes`, a submodule by `ext::`, LFS configuration, names that look like `.git`",
        "git runs without the repository's filters, hooks and submodules, and refuses paths like `.git`",
        [
            Deploy(
                Git(
                    {
                        **WITH_APP,
                        ".gitattributes": "* filter=evil diff=evil merge=evil\n*.py filter=lfs\n",
                        ".gitmodules": '[submodule "x"]\n\tpath = x\n\turl = ext::sh -c "id>/root/pwned"\n',
                        ".lfsconfig": '[lfs]\n\turl = "ext::sh -c id>/root/pwned"\n[filter "evil"]\n\tsmudge = "id '
                        '> /root/pwned"\n',
                        "x": Commit(),
                        ".gitconfig": "[core]\n\tfsmonitor = id > /root/pwned\n\thooksPath = .\n",
                        "post-checkout": "#!/bin/sh\nid > /root/pwned\n",
                    }
                )
            ),
        ],
        tried="DEPLOYED",
    ),
    Attack(
        "git-inside",
        "repository",
        "root",
        "a file `.GIT/hooks/post-checkout`, another name of `.git`, and a submodule whose update is a command",
        "git checks what it fetches (`fsckObjects`) and refuses such paths",
        [
            Deploy(
                Git(
                    {
                        **WITH_APP,
                        ".GIT/hooks/post-checkout": "#!/bin/sh\nid > /root/pwned\n",
                        "git~1": "gitdir: /root",
                        ".gitmodules": '[submodule "x"]\n\tpath = x\n\turl = /x\n\tupdate = !id>/root/pwned\n',
                    }
                )
            )
        ],
        refused="fsck error|invalid path",
        tried="DEPLOYED",
    ),
    Attack(
        "pip-report",
        "repository",
        "root",
        "the repository has a package `pip`; its forged report names a file of root, whose hash would enter the lock",
        "pip runs isolated, in another directory; its report may only name what the role itself gave to pip",
        [
            Deploy(
                Git(
                    {
                        **WITH_APP,
                        "requirements.txt": "six",
                        "pip/__init__.py": "",
                        "pip/__main__.py": report("/root/private/requirements.txt"),
                    }
                ),
                variables=PIP,
            )
        ],
        before=PEEK,
        after="systemctl stop evil-peek",
        tried="DEPLOYED",
    ),
    Attack(
        "pip-report-huge",
        "repository",
        "host",
        "the forged report names a file of 500 MB, which root would read into memory",
        "pip runs isolated, in another directory; its report may only name what the role itself gave to pip",
        [
            Deploy(
                Git(
                    {
                        **WITH_APP,
                        "requirements.txt": "six",
                        "pip/__init__.py": "",
                        "pip/__main__.py": report("/srv/big"),
                    }
                ),
                variables=PIP,
            )
        ],
        before="truncate -s 500M /srv/big",
        after="rm /srv/big",
        tried="DEPLOYED",
    ),
    Attack(
        "pip-report-fifo",
        "repository",
        "host",
        "the forged report names a pipe, whose reader waits for ever",
        "pip runs isolated, in another directory; its report may only name what the role itself gave to pip",
        [
            Deploy(
                Git(
                    {
                        **WITH_APP,
                        "requirements.txt": "six",
                        "pip/__init__.py": "",
                        "pip/__main__.py": report("/srv/pipe"),
                    }
                ),
                variables=PIP,
            )
        ],
        before="mkfifo /srv/pipe",
        after="rm /srv/pipe",
        tried="DEPLOYED",
        within=60,
    ),
    Attack(
        "exception-text",
        "repository",
        "operator",
        "the exception of a failing import has sequences for the terminal: title, clipboard, clear, cursor",
        "control characters in the text of others are made visible",
        [Deploy(Git({"wsgi.py": f'raise RuntimeError("FAILED {SEQUENCES}")'}))],
        refused="FAILED",
    ),
    Attack(
        "secret-forms",
        "repository",
        "operator",
        "the exception of a failing import has a secret of the app as repr, JSON, URL text and base64",
        "secrets are masked in these forms as well",
        [
            Deploy(
                Git(
                    {
                        "wsgi.py": "import base64, json, os, urllib.parse\n"
                        'token = os.environ["TOKEN"]\n'
                        "forms = [repr(token), json.dumps(token), urllib.parse.quote(token), urllib.parse.quote_plus("
                        "token),\n    base64.b64encode(token.encode()).decode()]\n"
                        'raise RuntimeError("FAILED " + " | ".join(forms))'
                    }
                ),
                {"secret_env": {"TOKEN": EVIL_SECRET}},
            )
        ],
        refused="FAILED",
    ),
)
OF_PATH_OWNERS = (
    Attack(
        "path-pipe",
        "path owner",
        "host",
        "`requirements.txt` is a pipe, whose reader waits for ever",
        "files of a source are opened without waiting, and only if they are regular",
        [
            Deploy(Path(WITH_APP)),
            Run("cd /srv/mallory/@APP@; rm -f requirements.txt; mkfifo requirements.txt; echo TRIED", "mallory"),
            Deploy(None, {"source": {"path": "/srv/mallory/@APP@"}}),
        ],
        tried=r"(?s)DEPLOYED.*TRIED",
        within=45,
    ),
    Attack(
        "path-link",
        "path owner",
        "root",
        "`requirements.txt` is a link to a file of root",
        "links are not followed in files that root reads of a source",
        [
            Deploy(Path(WITH_APP)),
            Run("ln -sfn /root/private/requirements.txt /srv/mallory/@APP@/requirements.txt; echo TRIED", "mallory"),
            Deploy(None, {"source": {"path": "/srv/mallory/@APP@"}}),
        ],
        tried=r"(?s)DEPLOYED.*TRIED",
    ),
    Attack(
        "path-swap",
        "path owner",
        "root",
        "a directory is replaced by a link to one of root while it is copied for build commands",
        "the copy is made by a user without rights, and without following links",
        [
            Deploy(
                Path({**WITH_APP, **{f"a{number:03}": "x" for number in range(400)}, "zdir/requirements.txt": "mine"}),
                {"build": ["true"]},
            )
        ],
        before="""cat > /srv/swap.sh <<'END'
until ls /srv/gunicorn/@APP@/src/*/a000 /srv/gunicorn/@APP@/src/.*/a000 /srv/gunicorn/@APP@/.*/*/a000 >/dev/null 2>&1
do :; done
cd /srv/mallory/@APP@ && mv zdir .z && ln -s /root/private zdir && touch /tmp/evil-swapped
END
systemd-run -q --uid=mallory --unit=evil-swap sh /srv/swap.sh""",
        tried="DEPLOYED",
        proof="cat /srv/gunicorn/@APP@/src/*/zdir/requirements.txt 2>/dev/null | grep -v mine",
        after="systemctl stop evil-swap; rm -f /srv/swap.sh",
    ),
)
