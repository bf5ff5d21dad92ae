# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Service users: system accounts without a shell."""

from __future__ import annotations

import grp
import os
import pwd

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError, InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.run import Runner

NO_SHELL = ("/usr/sbin/nologin", "/sbin/nologin")


def user_exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def is_service_user(name: str, home: str) -> bool:
    """Return whether we created the account for this app; we never remove any other."""
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return False
    return entry.pw_dir == home and entry.pw_uid != 0


def group_exists(name: str) -> bool:
    try:
        grp.getgrnam(name)
    except KeyError:
        return False
    return True


def refuse_root(variable: str, name: str) -> None:
    """Raise InputError for an existing user who is root, also by another name."""
    if pwd.getpwnam(name).pw_uid == 0:
        other = "" if name == "root" else ": its user id is 0, so it is root by another name"
        raise InputError(variable, f"'{name}' is not allowed{other}.", "Foreign code never runs as root.")


def create_group(runner: Runner, name: str) -> None:
    if not group_exists(name):
        runner.run(["groupadd", "--system", name])


def create_user(runner: Runner, name: str, home: str) -> None:
    """Create the system user and its group, unless they exist."""
    create_group(runner, name)
    if not user_exists(name):
        shell = next((path for path in NO_SHELL if os.path.exists(path)), "/bin/false")
        runner.run(
            ["useradd", "--system", "--gid", name, "--home-dir", home, "--no-create-home", "--shell", shell, name]
        )


def create_build_user(runner: Runner, name: str, home: str) -> None:
    """Create the user who builds an app. Raise HostError if the name belongs to an account that is not ours."""
    create_user(runner, name, home)
    if not is_service_user(name, home):
        raise HostError(
            f"The account {name}, which builds the app, was not created by this collection.",
            f"Its home directory is {pwd.getpwnam(name).pw_dir}, not {home}. Rename or remove the account.",
        )


def remove_user(runner: Runner, name: str) -> None:
    if user_exists(name):
        runner.run(["userdel", name])
    if group_exists(name):
        runner.run(["groupdel", name])


def user_name(uid: int) -> str:
    """Return the user's name, or the number if it has no name."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def group_name(gid: int) -> str:
    """Return the group's name, or the number if it has no name."""
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def user_id(name: str) -> int:
    return int(name) if name.isdecimal() else pwd.getpwnam(name).pw_uid


def group_id(name: str) -> int:
    return int(name) if name.isdecimal() else grp.getgrnam(name).gr_gid
