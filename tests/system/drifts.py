# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bank of drifts: how to cause each, the kind under which it must be found, and whether `site` fixes it."""

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
DROP_IN = f"/run/systemd/system/{SERVICE}.d"
SYSCTLS = "/etc/sysctl.d/90-gunicorn.conf"
NGINX = "/etc/nginx/conf.d"
LOGS = "/var/log/nginx"


class Drift(NamedTuple):
    """`undo` is the command for a drift that `site` does not fix; '' if it does."""

    kind: str
    subject: str
    how: str
    undo: str = ""


# Drifts that can be caused together without hiding each other.
BATCHES = (
    (
        *(
            "a sysctl changed",
            "another sysctl changed",
            "the tmpfs shrunk",
            "the mount unit edited",
            "uv deleted",
            "a drop-in",
        ),
        *(
            "the unit edited",
            "the socket disabled at boot",
            "one worker too many",
            "a user in another group",
            "a site edited",
            "an access log open to all",
        ),
        *("a Gunicorn started by hand", "an undeclared app", "code edited on the host", "a package installed by hand"),
        *("a file added to the code", "nginx disabled at boot", "a .pth file added"),
        *("compiled code changed, its timestamp restored", "compiled code added"),
    ),
    (
        *("the sysctl file deleted", "the tmpfs unmounted", "the mount disabled at boot", "the service stopped"),
        "uv changed",
        *("the service disabled at boot", "a unit of an undeclared instance", "a code file deleted"),
        *("settings edited on the host", "nginx stopped", "the default site enabled"),
        "a rotated access log open to all",
    ),
    (
        *(
            "the sysctl file world-writable",
            "the tmpfs directory not writable for workers",
            "the socket stopped",
            "a canary left behind",
        ),
        *("current pointing nowhere", "a site deleted", "the socket unit edited", "an access log deleted"),
    ),
    (
        *(
            "the sysctl file edited",
            "the tmpfs remounted with dev",
            "secrets readable by everybody",
            "one worker too few",
        ),
        *("the limit of one worker lowered", "code edited, its timestamp restored"),
    ),
    ("the unit deleted",),
    ("the socket file deleted",),
    ("heartbeats on a disk",),
    ("a short queue", "a short nginx queue"),
    ("the unit world-writable", "the limit of a running master lowered", "nginx not reloaded"),
    ("a unit touched after it was loaded",),
    ("the unit edited and reloaded",),
)
USUAL = BATCHES[:3]  # what every run of the suite tries


DRIFTS = {
    # ---- the host
    "a sysctl changed": Drift("sysctl-live", "net.core.somaxconn", "sysctl -qw net.core.somaxconn=128"),
    "another sysctl changed": Drift(
        "sysctl-live", "net.ipv4.tcp_max_syn_backlog", "sysctl -qw net.ipv4.tcp_max_syn_backlog=64"
    ),
    "the sysctl file edited": Drift("sysctl-file", SYSCTLS, f"sed -i 's/somaxconn.*/somaxconn = 64/' {SYSCTLS}"),
    "the sysctl file deleted": Drift("sysctl-file", SYSCTLS, f"rm {SYSCTLS}"),
    "the sysctl file world-writable": Drift("sysctl-file", SYSCTLS, f"chmod 666 {SYSCTLS}"),
    "the tmpfs unmounted": Drift("mount-missing", TMPFS, f"umount -l {TMPFS}"),
    "the tmpfs shrunk": Drift("mount-options", TMPFS, f"mount -o remount,size=1m {TMPFS}"),
    "the tmpfs remounted with dev": Drift("mount-options", TMPFS, f"mount -o remount,dev {TMPFS}"),
    "the tmpfs directory not writable for workers": Drift("mount-mode", TMPFS, f"chmod 755 {TMPFS}"),
    "the mount unit edited": Drift("mount-unit", "*.mount", f"sed -i 's/size=[^,]*/size=2M/' {UNITS}/*worker*.mount"),
    "the mount disabled at boot": Drift("not-enabled", "*.mount", f"cd {UNITS} && systemctl -q disable *worker*.mount"),
    "uv deleted": Drift("installer", "*/uv", "rm /usr/local/lib/wsgiops/uv"),
    "uv changed": Drift("installer", "uv *", "printf x | dd of=$(ls -d /usr/local/lib/wsgiops/uv-*/uv) conv=notrunc"),
    # ---- units
    "the service stopped": Drift("service-down", SERVICE, f"systemctl stop {SERVICE}"),
    "the socket stopped": Drift("socket-down", SOCKET, f"systemctl stop {SOCKET} {SERVICE}"),
    "the socket file deleted": Drift("socket-down", SERVICE, "rm /run/gunicorn/drifts/web.sock"),
    "the service disabled at boot": Drift("not-enabled", SERVICE, f"systemctl -q disable {SERVICE}"),
    "the socket disabled at boot": Drift("not-enabled", SOCKET, f"systemctl -q disable {SOCKET}"),
    "the unit edited": Drift("unit-file", f"*/{SERVICE}", f"echo 'Nice=5' >> {UNITS}/{SERVICE}"),
    "the unit edited and reloaded": Drift(
        "unit-file",
        f"*/{SERVICE}",
        f"sed -i s/LimitNOFILE=.*/LimitNOFILE=64/ {UNITS}/{SERVICE}; systemctl daemon-reload",
    ),
    "the unit deleted": Drift("unit-file", f"*/{SERVICE}", f"rm {UNITS}/{SERVICE}"),
    "the unit world-writable": Drift("unit-file", f"*/{SERVICE}", f"chmod 666 {UNITS}/{SERVICE}"),
    "the socket unit edited": Drift("unit-file", f"*/{SOCKET}", f"sed -i s/Backlog=.*/Backlog=5/ {UNITS}/{SOCKET}"),
    "a unit touched after it was loaded": Drift("unit-not-loaded", SERVICE, f"touch {UNITS}/{SERVICE}"),
    "a unit of an undeclared instance": Drift(
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
    "one worker too many": Drift("worker-count", SERVICE, f"kill -TTIN {MASTER}; sleep 1"),
    "one worker too few": Drift("worker-count", SERVICE, f"kill -TTOU {MASTER}; sleep 1"),
    "the limit of a running master lowered": Drift(
        "limit-clamped", f"LimitNOFILE of {SERVICE}", f"prlimit --pid {MASTER} --nofile=512:512"
    ),
    "the limit of one worker lowered": Drift(
        "limit-clamped",
        f"LimitNOFILE of {SERVICE}",
        f"prlimit --pid $(pgrep -P {MASTER} | head -1) --nofile=512:512",
    ),
    "heartbeats on a disk": Drift(
        "tmp-not-memory",
        TMPFS,
        f"umount -l {TMPFS} && mkdir -pm 1777 /var/tmp/beats && mount --bind /var/tmp/beats {TMPFS}"
        f" && mkdir -p {DROP_IN}"
        f" && printf '[Service]\\nTemporaryFileSystem=\\nReadWritePaths={TMPFS}\\n' > {DROP_IN}/x.conf"
        f" && systemctl daemon-reload && systemctl restart {SERVICE} && sleep 1"
        f" && rm -r {DROP_IN} && systemctl daemon-reload && umount -l {TMPFS}",
    ),
    "a short queue": Drift(
        "backlog-live",
        "unix:*/web.sock",
        f"sysctl -qw net.core.somaxconn=64; systemctl restart {SOCKET} {SERVICE}; sysctl -qw net.core.somaxconn=4096",
        f"systemctl restart {SOCKET} {SERVICE}; sleep 1",
    ),
    "a short nginx queue": Drift(
        "backlog-live",
        "0.0.0.0:80",
        "sysctl -qw net.core.somaxconn=64; systemctl restart nginx; sysctl -qw net.core.somaxconn=4096",
        "systemctl restart nginx",
    ),
    "a Gunicorn started by hand": Drift(
        "process-stray",
        "pid *",
        f"systemd-run -q --unit=by-hand -p WorkingDirectory={SOURCE} "
        f"{VENV}/bin/python -m gunicorn --name s3cret --bind 127.0.0.1:9999 hello:app; sleep 1",
        "systemctl stop by-hand",
    ),
    "a user in another group": Drift(
        "user-groups", "gunicorn-drifts", "usermod -aG adm gunicorn-drifts", "gpasswd -d gunicorn-drifts adm"
    ),
    "an undeclared app": Drift(
        "app-undeclared", "ghost", f"cp -a {HOME} /srv/gunicorn/ghost", "rm -r /srv/gunicorn/ghost"
    ),
    # ---- releases
    "code edited on the host": Drift("file-tampered", "*/hello.py", f"echo '# mended by hand' >> {SOURCE}/hello.py"),
    "code edited, its timestamp restored": Drift(
        "file-tampered",
        "*/hello.py",
        f"cd {SOURCE}; cp -p hello.py /tmp; tr o 0 </tmp/hello.py >hello.py; touch -r /tmp/hello.py hello.py",
    ),
    "compiled code changed, its timestamp restored": Drift(
        "file-tampered",
        "*/__pycache__/hello.*.pyc",
        f"cd {SOURCE}/__pycache__; for f in hello.*.pyc; do cp -p $f /tmp; printf evil >>$f; touch -r /tmp/$f $f; done",
    ),
    "compiled code added": Drift(
        "file-added", "*/__pycache__/debug.*.pyc", f"touch {SOURCE}/__pycache__/debug.cpython-311.pyc"
    ),
    "a .pth file added": Drift("file-added", "*/evil.pth", f"cd {PACKAGES} && echo 'import os' > evil.pth"),
    "a file added to the code": Drift("file-added", "*/debug.py", f"touch {SOURCE}/debug.py"),
    "a code file deleted": Drift("file-missing", "*/requirements.txt", f"rm {SOURCE}/requirements.txt"),
    "settings edited on the host": Drift(
        "file-tampered", "*/gunicorn-web.conf.py", f"echo 'threads = 9' >> {RELEASE}/gunicorn-web.conf.py"
    ),
    "secrets readable by everybody": Drift("file-tampered", "*/env", f"chmod 644 {RELEASE}/env"),
    "a package installed by hand": Drift(
        "package-added",
        "six",
        f"cd {PACKAGES} && mkdir six-1.17.0.dist-info && touch six.py six-1.17.0.dist-info/METADATA",
    ),
    "current pointing nowhere": Drift("not-deployed", "drifts", f"ln -sfn releases/none {HOME}/current"),
    # ---- nginx
    "a site edited": Drift("nginx-file", "*/gunicorn-drifts.conf", f"echo '# x' >> {NGINX}/gunicorn-drifts.conf"),
    "a site deleted": Drift("nginx-file", "*/gunicorn-drifts.conf", f"rm {NGINX}/gunicorn-drifts.conf"),
    "an access log open to all": Drift(
        "nginx-log", "*/gunicorn-drifts.access.log", f"chmod 0644 {LOGS}/gunicorn-drifts.access.log"
    ),
    "a rotated access log open to all": Drift(
        "nginx-log", "*/gunicorn-drifts.access.log.1", f"install -m 0644 /dev/null {LOGS}/gunicorn-drifts.access.log.1"
    ),
    "an access log deleted": Drift(
        "nginx-log", "*/gunicorn-drifts.access.log", f"rm {LOGS}/gunicorn-drifts.access.log"
    ),
    "nginx not reloaded": Drift("nginx-not-reloaded", "nginx*", f"sleep 1; touch {NGINX}/gunicorn-drifts.conf"),
    "the default site enabled": Drift(
        "nginx-default-site",
        "*/sites-enabled/default",
        "ln -s /etc/nginx/sites-available/default /etc/nginx/sites-enabled/default",
    ),
    "nginx stopped": Drift("nginx-down", "nginx*", "systemctl stop nginx"),
    "nginx disabled at boot": Drift("not-enabled", "nginx*", "systemctl -q disable nginx"),
}
