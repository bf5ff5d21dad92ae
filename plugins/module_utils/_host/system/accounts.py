# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read what the host knows about an account: its uid and all groups that its processes would be in."""

from __future__ import annotations

import grp
import os
import pwd

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.accounts import Account, Proxy


def read_account(name: str) -> Account:
    """Return the account; one that does not exist yet will be in the group of its name, which may exist already."""
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return Account(name, -1, frozenset({name}))
    groups = {name, *(_group(gid) for gid in os.getgrouplist(name, entry.pw_gid))}
    return Account(name, entry.pw_uid, frozenset(groups))


def read_proxy(group: str) -> Proxy:
    """Return the proxy's account, which has the name of its group on all platforms."""
    try:
        return Proxy(group, group, pwd.getpwnam(group).pw_uid)
    except KeyError:
        return Proxy(group, group, -1)


def _group(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
