# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Attacks by an app while it serves, by other users of the host, by clients, and by mistakes of operators."""

from __future__ import annotations

from attack import Ask, Attack, Deploy, Get, Local, Play, Run
from payload import SEQUENCES, WSGI

SITE = "- import_playbook: wsgiops.gunicorn.site\n"
# Headers by which apps believe that somebody else has checked who asks, and from where.
IDENTITY = (
    *("Remote-User", "X-Remote-User", "X-Forwarded-User", "X-Forwarded-Port", "X-Forwarded-Server"),
    *("X-Forwarded-Scheme", "X-Scheme", "X-Original-URL", "X-Rewrite-URL", "X-Client-IP", "True-Client-IP"),
    *("X-HTTP-Method-Override", "Proxy", "X-Forwarded-Prefix", "X-Script-Name"),
)
# The kernel would allow millions of files, and take gigabytes for them.
FEW_FILES = "mountpoint -q /run/gunicorn-worker-tmp && mount -o remount,nr_inodes=2000 /run/gunicorn-worker-tmp"
FILL = """
cat > ~/fill.py <<'END'
import time
end = time.monotonic() + 8
number = 0
while time.monotonic() < end and number < 3000:
    try:
        open(f"/run/gunicorn-worker-tmp/evil-{number}", "w").close()
        number += 1
    except OSError:
        time.sleep(0.002)
END
python3 ~/fill.py >/dev/null 2>&1 &
sleep 2; echo TRIED
"""
MANY_FILES = (
    "find /run/gunicorn-worker-tmp /dev/shm -name 'evil-*' -delete; mountpoint -q /run/gunicorn-worker-tmp && mount -o "
    "remount,nr_inodes=100k /run/gunicorn-worker-tmp"
)
ATTACKS = (
    Attack(
        "read-others",
        "running app",
        "apps",
        "a compromised app reads code, releases, logs and data of others, nginx's configuration, homes and logs",
        "the service sees only its own releases and data (TemporaryFileSystem, InaccessiblePaths, ProtectHome)",
        [
            Ask("""
import glob, os
attempt("the list of apps", lambda: [name for name in os.listdir("/srv/gunicorn") if name != "shell"])
attempt("code of another app", lambda: read("/srv/gunicorn/shop/current/src/wsgi.py"))
attempt("the manifest of another app", lambda: read("/srv/gunicorn/shop/current/manifest.json"))
attempt("the deploys of another app", lambda: read("/srv/gunicorn/shop/deploys.jsonl"))
attempt("secrets of another app", lambda: read("/srv/gunicorn/shop/current/env"))
attempt("data of another app", lambda: read("/srv/gunicorn/shop/shared/shop.sqlite3"))
attempt("an access log", lambda: read("/var/log/nginx/gunicorn-shop.access.log"))
attempt("nginx's configuration", lambda: read("/etc/nginx/conf.d/gunicorn-shop.conf"))
attempt("a home directory", lambda: read("/home/bob/notes"))
attempt("a unit of another app", lambda: read("/etc/systemd/system/gunicorn-shop-web.service"))
attempt("its own secrets file", lambda: read("/srv/gunicorn/shell/current/env"))
""")
        ],
    ),
    Attack(
        "others-sockets",
        "running app",
        "apps",
        "a compromised app connects to the socket and control socket of another app, and to the system's D-Bus",
        "modes of the sockets; runtime directories of others and D-Bus are out of sight",
        [
            Ask("""
import glob, socket
attempt("another app", lambda: connect(socket.AF_UNIX, "/run/gunicorn/shop/web.sock", b"GET / HTTP/1.0\\r\\n\\r\\n"))
attempt("its control socket", lambda: connect(socket.AF_UNIX, "/run/gunicorn-shop-web/control.sock"))
attempt("D-Bus", lambda: connect(socket.AF_UNIX, "/run/dbus/system_bus_socket"))
attempt("systemd", lambda: connect(socket.AF_UNIX, "/run/systemd/private"))
attempt("other's runtime directories", lambda: [one for one in glob.glob("/run/gunicorn*/*") if "shop" in one])
""")
        ],
    ),
    Attack(
        "metadata",
        "running app",
        "apps",
        "a compromised app asks the cloud's metadata address for the credentials of the machine",
        "IPAddressDeny of the service has the metadata addresses, unless `egress` opens them",
        [
            Ask("""
import socket
attempt("metadata", lambda: connect(socket.AF_INET, ("169.254.169.254", 80), b"GET / HTTP/1.0\\r\\n\\r\\n"))
""")
        ],
        before="ip address add 169.254.169.254/32 dev lo",
        after="ip address del 169.254.169.254/32 dev lo",
    ),
    Attack(
        "kill-others",
        "running app",
        "apps",
        "a compromised app signals and traces all processes, and reads their environments",
        "a user for each app, ProtectProc, PrivateUsers, the filter of system calls",
        [
            Ask("""
import ctypes, glob, os
own = {os.getpid(), os.getppid()}
def others():
    return [pid for pid in range(2, 40000) if pid not in own and alive(pid)]
def alive(pid):
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return open(f"/proc/{pid}/status").read().split("Uid:")[1].split()[0] != str(os.getuid())
attempt("a process of others to signal", others)
foreign = [path for path in glob.glob("/proc/[0-9]*") if os.stat(path).st_uid != os.getuid()]
attempt("a process of others to see", lambda: foreign)
attempt("an environment of others", lambda: [path for path in foreign if os.access(f"{path}/environ", os.R_OK)])
libc = ctypes.CDLL(None)
attempt("ptrace of its master", lambda: libc.ptrace(16, os.getppid(), 0, 0) == 0)
""")
        ],
    ),
    Attack(
        "run-from-data",
        "running app",
        "root",
        "a compromised app writes a program to its data and runs it, makes it setuid, and opens a user namespace",
        "NoExecPaths, RestrictSUIDSGID, RestrictNamespaces of the service",
        [
            Ask("""
import os, shutil, subprocess
place = "/srv/gunicorn/shell/shared/program"
def program():
    shutil.copy("/bin/true", place)
    os.chmod(place, 0o755)
    return subprocess.check_call([place]) == 0
def setuid():
    os.chmod(place, 0o4755)
    return os.stat(place).st_mode & 0o4000
attempt("a program of its own", program)
attempt("setuid", setuid)
attempt("a user namespace", lambda: subprocess.check_call(["unshare", "-Ur", "true"]) == 0)
attempt("uid 0", lambda: os.setuid(0) or True)
attempt("a file of the system", lambda: open("/etc/evil", "w"))
attempt("its own code", lambda: open("/srv/gunicorn/shell/current/src/wsgi.py", "a"))
""")
        ],
    ),
    Attack(
        "heartbeat-fill",
        "running app",
        "host",
        "a compromised app fills the memory file systems that it can write to (here of 2000 files); then a worker of "
        "another app ends",
        "each app has a heartbeat directory of its own, which no other user can write to",
        [
            Ask("""
import glob, threading, time
places = [*glob.glob("/run/gunicorn-worker-tmp*"), *glob.glob("/run/gunicorn*/*/"), "/dev/shm"]
def fill(place):
    end = time.monotonic() + 8
    number = 0
    while time.monotonic() < end and number < 3000:
        try:
            open(f"{place}/evil-{number}", "w").close()
            number += 1
        except OSError:
            time.sleep(0.002)
for place in places:
    threading.Thread(target=fill, args=(place,)).start()
time.sleep(2)
print("TRIED")
"""),
            Run("pkill -TERM -o -P $(systemctl show -p MainPID --value gunicorn-shop-web); sleep 4; echo TRIED"),
        ],
        before=FEW_FILES,
        after=MANY_FILES,
    ),
    Attack(
        "media-link",
        "running app",
        "apps",
        "a compromised app puts links to the access log of another app and to `/etc/passwd` among its uploads",
        "nginx follows no links in what an app can write (`disable_symlinks`), and logs are not for every user",
        [
            Ask("""
import os
media = "/srv/gunicorn/shell/shared/media"
os.makedirs(media, exist_ok=True)
os.chmod(media, 0o755)
os.symlink("/etc/passwd", f"{media}/p.txt")
os.symlink("/var/log/nginx/gunicorn-shop.access.log", f"{media}/log.txt")
print("TRIED")
"""),
            Get("/media/p.txt"),
            Get("/media/log.txt"),
        ],
        before="chmod 755 /srv/gunicorn/shell/shared; tail -1 /var/log/nginx/gunicorn-shop.access.log > /dev/null",
        loot=r"root:x:0|shop\.localhost",
    ),
    Attack(
        "app-fork-bomb",
        "running app",
        "host",
        "a compromised app starts 3000 processes",
        "TasksMax of the service (2048 by default; here 1000 is declared)",
        [
            Ask("""
import subprocess
subprocess.run(["python3", "-c", '''
import os, time
for _ in range(3000):
    try:
        if os.fork() == 0:
            time.sleep(6)
            os._exit(0)
    except OSError:
        break
'''])
print("TRIED")
""")
        ],
        needs="pids",
        declared="systemctl show gunicorn-shell-web -p TasksMax | grep -vE 'infinity|=[0-9]{5,}'",
        after="sleep 5",
    ),
    Attack(
        "app-memory",
        "running app",
        "host",
        "a compromised app takes 500 MB of memory",
        "MemoryMax of the service, or the ceiling that the role derives from the host's memory",
        [Ask('import time\nheld = bytearray(500 * 1024**2)\ntime.sleep(1)\nprint("TRIED")')],
        needs="memory",
        declared="systemctl show gunicorn-shell-web -p MemoryMax -p MemoryHigh | grep -v infinity",
    ),
    Attack(
        "health-text",
        "running app",
        "operator",
        "an app that fails its health check answers with sequences for the terminal, and logs them",
        "control characters in the text of others are made visible",
        [
            Deploy(
                Local(
                    {
                        "wsgi.py": f'import sys\nTEXT = "FAILED {SEQUENCES}"\n\n\ndef app(environ, start_response):\n'
                        "    print(TEXT, file=sys.stderr, flush=True)\n"
                        '    start_response("500 Internal Server Error", [("Content-Type", "text/plain")])\n'
                        "    return [TEXT.encode()]\n"
                    }
                ),
                {"health": {"within": 3}},
            )
        ],
        refused="FAILED|500",
    ),
    Attack(
        "journal-text",
        "running app",
        "operator",
        "a worker that cannot boot logs sequences for the terminal",
        "control characters in the text of others are made visible",
        [
            Deploy(
                Local(
                    {
                        "wsgi.py": f'import os, sys\nif "check" not in open("/proc/self/cgroup").read() and '
                        f'"import_probe" not in open("/proc/self/cmdline").read():\n'
                        f'    print("FAILED {SEQUENCES}", file=sys.stderr, flush=True)\n    raise SystemExit(7)\n{WSGI}'
                    }
                ),
                {"health": {"within": 5}},
            )
        ],
        refused="FAILED|exit|boot|7",
    ),
)
OF_LOCAL_USERS = (
    Attack(
        "held-locks",
        "local user",
        "host",
        "a user holds a lock (`flock`) on every directory that everybody can read and that the modules might lock",
        "locks lie where only root can open them, and waiting for them ends",
        [
            Run(
                "for place in /run/systemd/system /usr/local/lib/wsgiops /srv/gunicorn /srv/gunicorn/shop "
                "/srv/gunicorn/shop/.lock /run/gunicorn /run/lock; do (flock -n $place sleep 100 >/dev/null 2>&1 &); "
                "done; sleep 1; echo TRIED",
                "mallory",
            ),
            Play(
                "- hosts: all\n  gather_facts: false\n  tasks:\n"
                "    - wsgiops.gunicorn.gunicorn_import_check: {app: shop}\n"
            ),
            Deploy(Local({"wsgi.py": WSGI})),
        ],
        after="pkill -KILL -u mallory",
        within=60,
    ),
    Attack(
        "cgroup-name",
        "local user",
        "host",
        "a user runs a process in a control group that is called like the service that is deployed",
        "processes are told by the whole path of their control group",
        [
            Deploy(Local({"wsgi.py": WSGI})),
            Run(
                "systemd-run -q --uid=mallory --unit=evil-tree -p Delegate=yes sh -c 'g=/sys/fs/cgroup$(cut -d: -f3 "
                "/proc/self/cgroup | tail -1); mkdir $g/gunicorn-@APP@-web.service && echo $$ > "
                "$g/gunicorn-@APP@-web.service/cgroup.procs; exec sleep 200'; sleep 1; grep -l "
                "'gunicorn-@APP@-web.service$' /proc/[0-9]*/cgroup | wc -l; echo TRIED"
            ),
            Deploy(Local({"wsgi.py": WSGI + "\n"}), {"health": {"within": 15}}),
        ],
        proof='grep -q \'"restored": *"[^"]\' /srv/gunicorn/@APP@/deploys.jsonl && echo the deploy was put back',
        tried=r"(?s)DEPLOYED.*TRIED.*DEPLOYED",
        after="systemctl stop evil-tree",
        within=120,
    ),
    Attack(
        "read-as-user",
        "local user",
        "apps",
        "a user reads secrets, deploys, logs and data of an app, and connects to its sockets",
        "modes of files and sockets",
        [
            Run(
                "cd /srv/gunicorn/shop; for file in current/env shared/shop.sqlite3 current/gunicorn-web.conf.py "
                "deploys.jsonl /var/log/nginx/gunicorn-shop.access.log; do cat $file >/dev/null 2>&1 && echo GOT "
                "$file; done; for socket in gunicorn/shop/web.sock gunicorn-shop-web/control.sock; do python3 -c "
                "\"import socket; socket.socket(1).connect('/run/$socket'); print('GOT', '$socket')\" 2>/dev/null; "
                "done; echo TRIED",
                "mallory",
            )
        ],
    ),
    Attack(
        "heartbeat-user",
        "local user",
        "host",
        "a user fills the memory file system of the heartbeats (here of 2000 files); then a worker of an app ends",
        "each app has a heartbeat directory of its own, which no other user can write to",
        [
            Run(FILL, "mallory"),
            Run("pkill -TERM -o -P $(systemctl show -p MainPID --value gunicorn-shop-web); sleep 4; echo TRIED"),
        ],
        before=FEW_FILES,
        after=MANY_FILES,
    ),
)
OF_CLIENTS = (
    Attack(
        "identity-headers",
        "client",
        "apps",
        "a client sends headers by which apps believe that a proxy has identified somebody",
        "nginx sets or drops them",
        [Get("/headers", dict.fromkeys(IDENTITY, "evil-user"))],
        tried="PATH_INFO",
        loot='"HTTP_[A-Z_]+": "evil-user"',
    ),
    Attack(
        "host-port",
        "client",
        "apps",
        "a client names a port of its own in `Host`, which links that the app sends would point to",
        "the port is nginx's own",
        [Get("/headers", {}, "shell.localhost:31337")],
        tried="PATH_INFO",
        loot='"[A-Z_]+": "[^"]*31337',
    ),
)
OF_OPERATORS = (
    Attack(
        "app-path",
        "operator",
        "root",
        "`app` of the rollback is a path out of the directory of the apps, to a tree with a link in it (`prune`)",
        "names of apps are checked everywhere",
        [
            Play(
                "- hosts: all\n  gather_facts: false\n  tasks:\n"
                "    - wsgiops.gunicorn.gunicorn_release: {app: ../../home/mallory/evil-app-path, command: prune}\n"
            )
        ],
        before="release=$(readlink -f /srv/gunicorn/shop/current); mkdir -p /home/mallory/@APP@/releases "
        "/srv/precious/one; cd /home/mallory/@APP@; cp -a $release releases; ln -s "
        "releases/$(basename $release) current; "
        "rm releases/*/env; ln -s /srv/precious src; mkdir venvs shared; touch .lock; chown -hR mallory: .",
        proof="ls /srv/precious/one >/dev/null 2>&1 || echo files behind a link were removed",
        after="rm -rf /srv/precious",
        refused=r"(?i)app.*evil-app-path",
        tried="",
    ),
    Attack(
        "foreign-user",
        "operator",
        "apps",
        "`user` of an app is nginx's, which may open the sockets of all apps",
        "users of other services are refused",
        [Deploy(Local({"wsgi.py": WSGI}), {"user": "www-data"})],
        refused=r"(?i)www-data",
        tried="",
    ),
    Attack(
        "second-root",
        "operator",
        "root",
        "`user` of an app is another name of uid 0",
        "uid 0 is refused under any name",
        [Deploy(Local({"wsgi.py": WSGI}), {"user": "toor"})],
        before="useradd -o -u 0 -g 0 -M -s /bin/sh toor",
        after="sed -i /^toor:/d /etc/passwd /etc/shadow",
        refused=r"(?i)toor",
        tried="",
    ),
    Attack(
        "settings-as-root",
        "operator",
        "root",
        "`shared/` belongs to root, after a restore; the check of settings runs the Python of the app's environment",
        "the check runs as the user of the service, and never as root",
        [
            Deploy(Local({"wsgi.py": WSGI})),
            Run(
                "cd $(readlink -f /srv/gunicorn/@APP@/current/venv)/lib/python3*/site-packages; echo 'import os; "
                'os.getuid() == 0 and print("GOT uid 0"); os.getuid() == 0 and open("/tmp/evil-uid", "w")\' > '
                "evil.pth; chown root: /srv/gunicorn/@APP@/shared; echo TRIED"
            ),
            Play(
                "- hosts: all\n  gather_facts: false\n  tasks:\n"
                "    - wsgiops.gunicorn.gunicorn_settings_check: {app: '@APP@', settings: {workers: 1}}\n"
            ),
        ],
        tried=r"(?s)DEPLOYED.*TRIED",
        proof="ls /tmp/evil-uid /tmp/systemd-private-*/tmp/evil-uid 2>/dev/null",
    ),
    Attack(
        "joined-directive",
        "operator",
        "root",
        "a value in `systemd` ends with a backslash, which would swallow the next directive of the sandbox",
        "values with line breaks, control characters or a backslash at the end are refused on the controller",
        [Deploy(Local({"wsgi.py": WSGI}), {"systemd": {"Service": {"Environment": "X=1\\"}}})],
        refused=r"gunicorn_apps\.evil-joined-directive\.systemd",
        tried="",
    ),
)
