# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the files of an app are on the host."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError

ROOT = "/srv/gunicorn"
RUN = "/run/gunicorn"
WORKER_TMP_DIR = "/run/gunicorn-worker-tmp"  # the default tmpfs for heartbeats
UNITS = "/etc/systemd/system"
TOOLS = "/usr/local/lib/wsgiops"
UV = f"{TOOLS}/uv"
RUNTIME_UNITS = "/run/systemd/system"
BUILD_HOMES = "/run/gunicorn-build"
LOCKS = "/run/gunicorn-locks"  # only root can open it
APP_NAME = re.compile(r"[a-z][a-z0-9_]*(-[a-z0-9_]+)*\Z")


@dataclass(frozen=True)
class Layout:
    """The paths and unit names of one app."""

    app: str
    root: str = ROOT

    def __post_init__(self) -> None:
        """Raise InputError for a name that could lead out of `root`, whoever passes it."""
        if not APP_NAME.match(self.app):
            raise InputError("app", f"{self.app!r} is not a valid name of an app.")

    @property
    def home(self) -> str:
        return f"{self.root}/{self.app}"

    @property
    def releases(self) -> str:
        return f"{self.home}/releases"

    @property
    def sources(self) -> str:
        return f"{self.home}/src"

    @property
    def venvs(self) -> str:
        return f"{self.home}/venvs"

    @property
    def shared(self) -> str:
        return f"{self.home}/shared"

    @property
    def current(self) -> str:
        return f"{self.home}/current"

    @property
    def beside(self) -> str:
        """The other release that serves, or served last: around a deploy, browsers have pages of both open."""
        return f"{self.home}/beside"

    @property
    def history(self) -> str:
        return f"{self.home}/deploys.jsonl"

    @property
    def lock(self) -> str:
        return f"{self.home}/.lock"

    @property
    def salt(self) -> str:
        return f"{self.home}/.salt"

    @property
    def package_cache(self) -> str:
        """The installer's cache; only steps that run no code of packages may write to it."""
        return f"{self.home}/.package-cache"

    @property
    def old_cache(self) -> str:
        """The cache of earlier versions of the collection, to which code of packages could write."""
        return f"{self.home}/.cache"

    def release(self, identifier: str) -> str:
        return f"{self.releases}/{identifier}"

    def source(self, digest: str) -> str:
        return f"{self.sources}/{digest}"

    def venv(self, digest: str) -> str:
        return f"{self.venvs}/{digest}"

    def unit(self, instance: str, kind: str) -> str:
        return f"gunicorn-{self.app}-{instance}.{kind}"

    def unit_path(self, instance: str, kind: str) -> str:
        return f"{UNITS}/{self.unit(instance, kind)}"

    def socket(self, instance: str) -> str:
        return f"{RUN}/{self.app}/{instance}.sock"

    def runtime_directory(self, instance: str) -> str:
        """Relative to /run, as RuntimeDirectory= expects it; never the directory of the socket."""
        return f"gunicorn-{self.app}-{instance}"

    @property
    def build_user(self) -> str:
        """The user who builds: neither root nor the service. No service user of ours has such a name."""
        return f"gunibuild-{self.app}"

    @property
    def build_home(self) -> str:
        return f"{BUILD_HOMES}/{self.app}"

    @property
    def stage(self) -> str:
        return f"{self.home}/.stage"

    @property
    def build_unit(self) -> str:
        return f"gunicorn-{self.app}-build.service"


def credential_path(release: str, name: str) -> str:
    return f"{release}/credentials/{name}"


def conf_path(release: str, instance: str) -> str:
    return f"{release}/gunicorn-{instance}.conf.py"
