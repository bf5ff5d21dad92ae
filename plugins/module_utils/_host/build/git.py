# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check out a commit. Runs in the unit: neither the repository nor its server can make git run anything as root."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from typing import Any

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.trees import remove_tree

# `file` lets people deploy from a repository on the host; ext:: and fd:: would run programs.
GIT_ENVIRONMENT = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_SSH_COMMAND": "ssh -o BatchMode=yes",
    "GIT_ALLOW_PROTOCOL": "https:http:ssh:git:file",
    "GIT_NO_REPLACE_OBJECTS": "1",
}
SAFE = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "fetch.fsckObjects=true")
LONGEST = 1200  # seconds


def check_out(request: Mapping[str, Any], directory: str, env: Mapping[str, str]) -> None:
    """Fetch the commit of the request's url and leave only its files. Raise HostError if git fails."""
    url, commit = request["url"], request["commit"]

    def git(*words: str, check: bool = True) -> int:
        argv = ["git", *SAFE, "-C", directory, *words]
        try:
            done = subprocess.run(  # pylint: disable=ansible-bad-function  # there is no Ansible in the unit
                argv,
                env={**env, **GIT_ENVIRONMENT},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=LONGEST,
                check=False,
            )
        except subprocess.TimeoutExpired as exc:
            raise HostError(request["cause"], f"git did not finish within {LONGEST} s.") from exc
        if check and done.returncode != 0:
            text = (done.stdout + b"\n" + done.stderr)[-8000:].decode("utf-8", "replace")
            raise HostError(request["cause"], "\n".join(text.strip().splitlines()[-25:]))
        return done.returncode

    git("init", "--quiet")
    # Not every server allows fetching a commit by its id; then fetch all branches and tags.
    if git("fetch", "--quiet", "--depth=1", "--", url, commit, check=False) != 0:
        git("fetch", "--quiet", "--tags", "--", url, "+refs/heads/*:refs/remotes/origin/*")
    git("checkout", "--quiet", "--detach", commit)
    remove_tree(f"{directory}/.git")
