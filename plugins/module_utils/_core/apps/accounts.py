# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which accounts an app may run as. It gets all rights of its account, so the account must have none but the app's."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError, InputError

USER_NAME = re.compile(r"[a-z_][a-z0-9_-]{0,31}\Z")
# Accounts of packages, by their usual names: no app should be able to do what their services can.
_OTHERS = {
    **dict.fromkeys(("www-data", "nginx", "apache", "http", "httpd", "haproxy", "caddy"), "a web server"),
    **dict.fromkeys(("postgres", "mysql", "mariadb", "mongodb", "redis", "valkey", "memcache"), "a database"),
    **dict.fromkeys(("memcached", "rabbitmq", "elasticsearch", "opensearch"), "a database"),
    **dict.fromkeys(("bin", "daemon", "sys", "adm", "mail", "man", "proxy", "backup", "list", "nobody"), "the system"),
    **dict.fromkeys(("sshd", "messagebus", "dbus", "polkitd", "syslog", "uuidd", "_apt", "ntp"), "the system"),
    **dict.fromkeys(("chrony", "_chrony", "tss", "nfsnobody", "docker", "sudo", "wheel", "shadow"), "the system"),
    **dict.fromkeys(("postfix", "dovecot", "exim", "Debian-exim", "bind", "named", "dnsmasq"), "another service"),
    **dict.fromkeys(("jenkins", "prometheus", "grafana", "gitlab-runner"), "another service"),
}
_BUILDERS = "gunibuild-"
# Members of these can become root, or read what only root should.
_AS_ROOT = ("root", "sudo", "wheel", "admin", "docker", "podman", "lxd", "incus", "libvirt", "disk", "shadow", "kmem")
STATIC_UIDS = 100  # below it, the distribution has given each number to an account of the system
NOBODY = 65534
_INSTEAD = "Leave `user` out: the role then creates an account for this app alone."


@dataclass(frozen=True)
class Account:
    """An account as the host has it. `groups` are the names of all groups that its processes would be in."""

    name: str
    uid: int  # -1: it does not exist yet
    groups: frozenset[str]


@dataclass(frozen=True)
class Proxy:
    """The proxy's account and group; the uid is -1 if there is no such account."""

    group: str
    user: str
    uid: int


def check_user_name(variable: str, user: str) -> str:
    """Return the user, or raise InputError if its name alone says that the app must not run as it."""
    if user == "root":
        raise InputError(variable, "'root' cannot be the service user: workers never run as root.", _INSTEAD)
    if user in _OTHERS or user.startswith(("systemd-", _BUILDERS)):
        whose = _OTHERS.get(user, "the builds of an app" if user.startswith(_BUILDERS) else "systemd")
        raise InputError(variable, f"'{user}' is the account of {whose}; the app would get its rights.", _INSTEAD)
    if not USER_NAME.match(user):
        allowed = "Use at most 32 lower-case letters, digits, '_' and '-', starting with a letter or '_'."
        raise InputError(variable, f"{user!r} is not a user name.", allowed)
    return user


def refuse_account(variable: str, account: Account, proxy: Proxy) -> None:
    """Raise HostError if the account has more rights on this host than those of the app."""
    why = _rights(account, proxy)
    if why:
        raise HostError(f"{variable}: '{account.name}' cannot be the service user: {why}.", _INSTEAD)


def _rights(account: Account, proxy: Proxy) -> str:
    """Return which rights of others the account has, '' if none."""
    if account.uid == 0:
        return "it has the uid 0, and is root under another name"
    if proxy.uid >= 0 and account.uid == proxy.uid:
        return f"it has the uid of the proxy's account '{proxy.user}'"
    if proxy.group in account.groups:
        return f"it is in the proxy's group '{proxy.group}', which may open the sockets of all apps"
    strong = sorted(account.groups & set(_AS_ROOT))
    if strong:
        return f"it is in the group '{strong[0]}', whose members can become root or read what only root may"
    if 0 <= account.uid < STATIC_UIDS or account.uid == NOBODY:
        return f"its uid {account.uid} is one of the system's own"
    return ""
