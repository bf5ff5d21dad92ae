# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bank of drifts: how each comes about, what it must be called, and whether a run of `site` undoes it."""

from __future__ import annotations

from typing import NamedTuple

SERVICE, SOCKET = "gunicorn-drifts-web.service", "gunicorn-drifts-web.socket"
UNITS = "/etc/systemd/system"
HOME = "/srv/gunicorn/drifts"
RELEASE = f"$(readlink -f {HOME}/current)"
SOURCE = f"$(readlink -f {HOME}/current/src)"
VENV = f"$(readlink -f {HOME}/current/venv)"
PACKAGES = f"{VENV}/lib/python3*/site-packages"
MASTER = f"$(systemctl show -p MainPID --value {SERVICE})"
TMPFS = "/run/gunicorn-worker-tmp"
SYSCTLS = "/etc/sysctl.d/90-gunicorn.conf"
NGINX = "/etc/nginx/conf.d"


class Drift(NamedTuple):
    """`undo` is for what `site` leaves alone; '' where it does not."""

    kind: str
    subject: str
    how: str
    undo: str = ""


# Which may happen at once without hiding one another.
BATCHES = (
    (
        *("a sysctl at night", "another sysctl", "the tmpfs smaller", "the mount unit edited", "uv gone", "a drop-in"),
        *("the unit edited", "the socket not at boot", "a worker more", "a user with more rights", "a site edited"),
        *("a Gunicorn by hand", "an app that nobody declared", "code edited on the host", "a package by hand"),
        *("a file put beside the code", "nginx not at boot"),
    ),
    (
        *("the file of sysctls gone", "the tmpfs unmounted", "the mount not at boot", "the service stopped"),
        *("the service not at boot", "a unit of an instance that nobody declared", "a file of the code gone"),
        *("settings edited on the host", "nginx stopped", "the default site enabled"),
    ),
    (
        *("the file of sysctls world-writable", "the tmpfs closed", "the socket stopped", "a canary left behind"),
        *("current led astray", "a site gone", "the socket unit edited"),
    ),
    (
        *("the file of sysctls edited", "the tmpfs with devices", "secrets for everybody", "a worker less"),
        *("a limit of one worker lowered", "code edited, and its time put back"),
    ),
    ("the unit gone",),
    ("the socket's file gone",),
    ("heartbeats on a disk",),
    ("a short queue", "a short queue of nginx"),
    ("the unit world-writable", "a limit lowered while it runs", "nginx not reloaded"),
    ("a unit read before it was touched",),
    ("the unit edited and reloaded",),
)
USUAL = BATCHES[:3]  # what every run of the suite tries


DRIFTS = {
    # ---- the host
    "a sysctl at night": Drift("sysctl-live", "net.core.somaxconn", "sysctl -qw net.core.somaxconn=128"),
    "another sysctl": Drift(
        "sysctl-live", "net.ipv4.tcp_max_syn_backlog", "sysctl -qw net.ipv4.tcp_max_syn_backlog=64"
    ),
    "the file of sysctls edited": Drift("sysctl-file", SYSCTLS, f"sed -i 's/somaxconn.*/somaxconn = 64/' {SYSCTLS}"),
    "the file of sysctls gone": Drift("sysctl-file", SYSCTLS, f"rm {SYSCTLS}"),
    "the file of sysctls world-writable": Drift("sysctl-file", SYSCTLS, f"chmod 666 {SYSCTLS}"),
    "the tmpfs unmounted": Drift("mount-missing", TMPFS, f"umount -l {TMPFS}"),
    "the tmpfs smaller": Drift("mount-options", TMPFS, f"mount -o remount,size=1m {TMPFS}"),
    "the tmpfs with devices": Drift("mount-options", TMPFS, f"mount -o remount,dev {TMPFS}"),
    "the tmpfs closed": Drift("mount-mode", TMPFS, f"chmod 755 {TMPFS}"),
    "the mount unit edited": Drift("mount-unit", "*.mount", f"sed -i 's/size=[^,]*/size=2M/' {UNITS}/*worker*.mount"),
    "the mount not at boot": Drift("not-enabled", "*.mount", f"cd {UNITS} && systemctl -q disable *worker*.mount"),
    "uv gone": Drift("installer", "*/uv", "rm /usr/local/lib/wsgiops/uv"),
    # ---- units
    "the service stopped": Drift("service-down", SERVICE, f"systemctl stop {SERVICE}"),
    "the socket stopped": Drift("socket-down", SOCKET, f"systemctl stop {SOCKET} {SERVICE}"),
    "the socket's file gone": Drift("socket-down", SERVICE, "rm /run/gunicorn/drifts/web.sock"),
    "the service not at boot": Drift("not-enabled", SERVICE, f"systemctl -q disable {SERVICE}"),
    "the socket not at boot": Drift("not-enabled", SOCKET, f"systemctl -q disable {SOCKET}"),
    "the unit edited": Drift("unit-file", f"*/{SERVICE}", f"echo 'Nice=5' >> {UNITS}/{SERVICE}"),
    "the unit edited and reloaded": Drift(
        "unit-file",
        f"*/{SERVICE}",
        f"sed -i s/LimitNOFILE=.*/LimitNOFILE=64/ {UNITS}/{SERVICE}; systemctl daemon-reload",
    ),
    "the unit gone": Drift("unit-file", f"*/{SERVICE}", f"rm {UNITS}/{SERVICE}"),
    "the unit world-writable": Drift("unit-file", f"*/{SERVICE}", f"chmod 666 {UNITS}/{SERVICE}"),
    "the socket unit edited": Drift("unit-file", f"*/{SOCKET}", f"sed -i s/Backlog=.*/Backlog=5/ {UNITS}/{SOCKET}"),
    "a unit read before it was touched": Drift("unit-not-loaded", SERVICE, f"touch {UNITS}/{SERVICE}"),
    "a unit of an instance that nobody declared": Drift(
        "unit-stray", "*-old.service", f"sed s/-web/-old/g {UNITS}/{SERVICE} > {UNITS}/gunicorn-drifts-old.service"
    ),
    "a canary left behind": Drift(
        "leftover",
        "*-canary.service",
        f"cp {UNITS}/{SERVICE} /run/systemd/system/gunicorn-drifts-web-canary.service; systemctl daemon-reload",
    ),
    "a drop-in": Drift(
        "drop-in",
        f"*/{SERVICE}.d/own.conf",
        f"mkdir {UNITS}/{SERVICE}.d && cd {UNITS}/{SERVICE}.d && printf '[Service]\\nNice=5\\n' > own.conf"
        " && systemctl daemon-reload",
        f"rm -r {UNITS}/{SERVICE}.d; systemctl daemon-reload",
    ),
    # ---- processes
    "a worker more": Drift("worker-count", SERVICE, f"kill -TTIN {MASTER}; sleep 1"),
    "a worker less": Drift("worker-count", SERVICE, f"kill -TTOU {MASTER}; sleep 1"),
    "a limit lowered while it runs": Drift(
        "limit-clamped", f"LimitNOFILE of {SERVICE}", f"prlimit --pid {MASTER} --nofile=512:512"
    ),
    "a limit of one worker lowered": Drift(
        "limit-clamped",
        f"LimitNOFILE of {SERVICE}",
        f"prlimit --pid $(pgrep -P {MASTER} | head -1) --nofile=512:512",
    ),
    "heartbeats on a disk": Drift(
        "tmp-not-memory",
        TMPFS,
        f"umount -l {TMPFS} && mkdir -pm 1777 /var/tmp/beats && mount --bind /var/tmp/beats {TMPFS}"
        f" && systemctl restart {SERVICE} && sleep 1 && umount -l {TMPFS}",
    ),
    "a short queue": Drift(
        "backlog-live",
        "unix:*/web.sock",
        f"sysctl -qw net.core.somaxconn=64; systemctl restart {SOCKET} {SERVICE}; sysctl -qw net.core.somaxconn=4096",
        f"systemctl restart {SOCKET} {SERVICE}; sleep 1",
    ),
    "a short queue of nginx": Drift(
        "backlog-live",
        "0.0.0.0:80",
        "sysctl -qw net.core.somaxconn=64; systemctl restart nginx; sysctl -qw net.core.somaxconn=4096",
        "systemctl restart nginx",
    ),
    "a Gunicorn by hand": Drift(
        "process-stray",
        "pid *",
        f"systemd-run -q --unit=by-hand -p WorkingDirectory={SOURCE} "
        f"{VENV}/bin/python -m gunicorn --name s3cret --bind 127.0.0.1:9999 hello:app; sleep 1",
        "systemctl stop by-hand",
    ),
    "a user with more rights": Drift(
        "user-groups", "gunicorn-drifts", "usermod -aG adm gunicorn-drifts", "gpasswd -d gunicorn-drifts adm"
    ),
    "an app that nobody declared": Drift(
        "app-undeclared", "ghost", f"cp -a {HOME} /srv/gunicorn/ghost", "rm -r /srv/gunicorn/ghost"
    ),
    # ---- releases
    "code edited on the host": Drift("file-tampered", "*/hello.py", f"echo '# mended by hand' >> {SOURCE}/hello.py"),
    "code edited, and its time put back": Drift(
        "file-tampered",
        "*/hello.py",
        f"cd {SOURCE}; cp -p hello.py /tmp; tr o 0 </tmp/hello.py >hello.py; touch -r /tmp/hello.py hello.py",
    ),
    "a file put beside the code": Drift("file-added", "*/debug.py", f"touch {SOURCE}/debug.py"),
    "a file of the code gone": Drift("file-missing", "*/requirements.txt", f"rm {SOURCE}/requirements.txt"),
    "settings edited on the host": Drift(
        "file-tampered", "*/gunicorn-web.conf.py", f"echo 'threads = 9' >> {RELEASE}/gunicorn-web.conf.py"
    ),
    "secrets for everybody": Drift("file-tampered", "*/env", f"chmod 644 {RELEASE}/env"),
    "a package by hand": Drift(
        "package-added",
        "six",
        f"cd {PACKAGES} && mkdir six-1.17.0.dist-info && touch six.py six-1.17.0.dist-info/METADATA",
    ),
    "current led astray": Drift("not-deployed", "drifts", f"ln -sfn releases/none {HOME}/current"),
    # ---- nginx
    "a site edited": Drift("nginx-file", "*/gunicorn-drifts.conf", f"echo '# x' >> {NGINX}/gunicorn-drifts.conf"),
    "a site gone": Drift("nginx-file", "*/gunicorn-drifts.conf", f"rm {NGINX}/gunicorn-drifts.conf"),
    "nginx not reloaded": Drift("nginx-not-reloaded", "nginx*", f"sleep 1; touch {NGINX}/gunicorn-drifts.conf"),
    "the default site enabled": Drift(
        "nginx-default-site",
        "*/sites-enabled/default",
        "ln -s /etc/nginx/sites-available/default /etc/nginx/sites-enabled/default",
    ),
    "nginx stopped": Drift("nginx-down", "nginx*", "systemctl stop nginx"),
    "nginx not at boot": Drift("not-enabled", "nginx*", "systemctl -q disable nginx"),
}
