# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host under attack: a victim app with secrets, a compromised app, local users, and things that must not change."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import shutil
import subprocess
import textwrap
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import hostile
import payload
from attack import Archive, Ask, Attack, Deploy, Get, Git, Local, Play, Run, Seen, placed
from attack import Path as HostPath
from payload import ROOT_SECRET, SECRET_FORMS, SHOP_DATA, SHOP_SECRET
from rig import ROOT, TOOL, Host, Result, run_playbook

HERE = Path(__file__).parent
STATE = ROOT / ".cache" / "security"
SITE = "wsgiops.gunicorn.site"
APPS = "- hosts: all\n  gather_facts: false\n  roles: [wsgiops.gunicorn.gunicorn_apps]\n"
SECRETS = {
    "a file of root": ROOT_SECRET,
    "the hash of a file of root": hashlib.sha256(f"{ROOT_SECRET}==1\n".encode()).hexdigest(),
    "a secret of the victim": SHOP_SECRET,
    "data of the victim": SHOP_DATA,
}
MEMORY = 250 * 1024**2  # more than any module of the collection needs
INDEX_PORT = 8999

PREPARE = f"""
mkdir -p -m 700 /root/private && cd /root/private
echo '{ROOT_SECRET}==1' > requirements.txt; chmod 600 requirements.txt
useradd -m -s /bin/sh mallory; useradd -m -s /bin/sh bob
chmod 755 /home/mallory /home/bob
install -d -o mallory /srv/mallory
echo notes-of-bob > /home/bob/notes; chmod 644 /home/bob/notes
mkdir -p /srv/repositories /srv/index/simple
"""
DATA = f"""
cd /srv/gunicorn/shop/shared
python3 -c "
import sqlite3
base = sqlite3.connect('shop.sqlite3')
base.execute('create table if not exists goods (text)')
base.execute('delete from goods')
base.execute('insert into goods values (?)', ('{SHOP_DATA}',))
base.commit()"
chown gunicorn-shop: shop.sqlite3; chmod 640 shop.sqlite3
"""
# Everything outside of what a deploy writes. Times of change, because a tar archive or a link can set the others.
CHANGED = """
find /usr /etc /root /home /opt /boot /var/spool /var/lib -xdev -cnewer /run/stamp \
  ! -path '/root/.ansible*' ! -path '/root/watch*' ! -path '/etc/systemd/system*' ! -path '/etc/nginx/conf.d*' \
  ! -path '/var/lib/nginx*' ! -path '/var/lib/systemd*' ! -path '/var/lib/apt*' ! -path '/var/lib/dpkg*' \
  ! -path '/var/lib/private*' ! -path '/home/mallory*' ! -path '/usr/local/lib/wsgiops*' \
  ! -type d -print | grep -vE '^/etc/(passwd|group|g?shadow|sub[ug]id)-?$|^/etc/(\\.pwd\\.lock|ld.so.cache)$'
"""


VICTIM = "systemctl show gunicorn-shop-web -p MainPID -p NRestarts -p ActiveState"
WATCH = """
rm -f /root/watch.json; systemctl reset-failed 'evil*' 2>/dev/null; touch /run/stamp
systemd-run -q --unit=evil-watch python3 /root/watch.py /root/watch.json
"""
UNDO = """
pkill -KILL -u mallory
rm -rf /root/pwned /srv/repositories/* /srv/index/simple/* /home/mallory/* /srv/mallory/* /tmp/evil* /run/evil*
rm -rf /srv/gunicorn/shell/shared/*
for unit in gunicorn-shop-web gunicorn-shell-web nginx; do systemctl is-active -q $unit || systemctl restart $unit; done
"""
MARK = "---- next"


@dataclass
class Client:
    """Asks the victim while an attack runs; each answer that is not the victim's is a failure."""

    address: str
    failures: list[str] = field(default_factory=list)
    sent: int = 0

    def ask(self) -> None:
        self.sent += 1
        status, body = request(self.address, "shop.localhost", "/")
        if (status, body) != (200, "shop"):
            self.failures.append(f"{status} {body[:60]}")

    @contextlib.contextmanager
    def asking(self) -> Iterator[None]:
        done = threading.Event()

        def loop() -> None:
            while not done.is_set():
                self.ask()
                done.wait(0.05)

        thread = threading.Thread(target=loop)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()


def request(
    address: str, host: str, path: str, headers: Mapping[str, str] | None = None, body: str | None = None
) -> tuple[int, str]:
    """Ask nginx; status 0 means that there was no answer."""
    connection = http.client.HTTPConnection(address, timeout=30 if body else 10)
    try:
        method = "GET" if body is None else "POST"
        connection.request(
            method, path, body=None if body is None else body.encode(), headers={"Host": host, **(headers or {})}
        )
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as exc:
        return 0, f"{type(exc).__name__}: {exc}"
    finally:
        connection.close()


@dataclass
class Scene:
    """The host, and what is done to it."""

    host: Host
    patience: float = 1.0  # how many times longer than usual a run may take before it counts as hanging
    _deployed: list[Attack] = field(default_factory=list)

    @cached_property
    def address(self) -> str:
        return subprocess.run([TOOL, "ip", self.host.name], check=True, capture_output=True, text=True).stdout.strip()

    @property
    def index(self) -> str:
        return f"http://{self.address}:{INDEX_PORT}"

    # ---- before all attacks --------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Converge the host with the victim and the compromised app."""
        self._local("shop", {"wsgi.py": payload.SHOP})
        self._local("shell", {"wsgi.py": payload.SHELL})
        self.host.run(PREPARE)
        # Packages that an attack would need first must not look like its work.
        variables = {"gunicorn_apps": {"shop": shop(), "shell": shell()}, "gunicorn_host_packages": ["git"]}
        done = run_playbook(SITE, self.host, variables, STATE)
        if done.status:
            raise SystemExit(f"security: the host could not be prepared\n{done.output[-4000:]}")
        self.host.run(DATA)
        self.host.run(f"cat > /root/watch.py <<'END'\n{(HERE / 'watch.py').read_text()}\nEND")
        self._serve_index()
        self.host.run("python3 -c 'import colorsys'")
        # What these programs write when they run for the first time must not be taken for an attack's.
        self.host.run("find / -xdev -name '*.pyc' -path '/usr/*' >/dev/null; touch /run/stamp")
        status, row = request(self.address, "shop.localhost", "/row")
        if (status, row) != (200, SHOP_DATA):
            raise SystemExit(f"security: the victim does not work: {status} {row}")

    def _serve_index(self) -> None:
        self.host.run(
            "systemctl stop evil-index 2>/dev/null; systemd-run -q --unit=evil-index --uid=nobody"
            f" python3 -u -m http.server --directory /srv/index {INDEX_PORT}"
        )

    # ---- one attack ----------------------------------------------------------------------------------------------

    def carry_out(self, attack: Attack) -> Seen:
        """Run an attack with everything around it, and undo it."""
        started = time.monotonic()
        seen = Seen()
        if attack.index:
            self._offer(attack.index)
        prepare = f"{placed(attack.before, self._words(attack))}\n{WATCH}"
        victim = self._look({"prepare": prepare, "victim": VICTIM})["victim"]
        client = Client(self.address)
        with client.asking():
            for step in attack.steps:
                if not self._step(attack, step, seen):
                    break
        seen.damage += self._damage(attack, client, victim, seen)
        self._undo(attack, seen)
        seen.seconds = time.monotonic() - started
        return seen

    def _step(self, attack: Attack, step: Any, seen: Seen) -> bool:
        """Take one step; return False if it did not end."""
        app = attack.app
        if isinstance(step, Ask):
            code = payload.PRELUDE + placed(step.code, self._words(attack))
            status, body = request(self.address, "shell.localhost", "/", body=code)
            seen.evidence += f"{body}\n" if status == 200 else f"TRIED: the app answered {status} {body}\n"
        elif isinstance(step, Get):
            status, body = request(self.address, step.host, step.path, step.headers)
            seen.evidence += f"{status} {body}\n"
        elif isinstance(step, Run):
            command = placed(step.command, self._words(attack))
            command = command if step.user == "root" else f"su {step.user} -c {quoted(command)}"
            seen.evidence += self._shell(command)
        else:
            done = self._deploy(attack, step) if isinstance(step, Deploy) else self._play(attack, step)
            seen.output += done.output
            seen.evidence += done.said + "\n"
            if done.status == 0:
                seen.evidence += f"DEPLOYED {app}\n"
            if done.status == HUNG:
                seen.damage.append(f"the run did not end within {attack.within * self.patience:.0f} s")
                return False
            if isinstance(step, Deploy) and not done.handled("shop"):
                seen.damage.append("the run did not handle the other app")
        return True

    def _deploy(self, attack: Attack, step: Deploy) -> Outcome:
        declared = {"app": "wsgi:app", "settings": {"workers": 1}, **placed(step.app, self._words(attack))}
        if step.source is not None:
            declared["source"] = {**self._source(attack, step.source), **declared.get("source", {})}
        variables = {"gunicorn_apps": {attack.app: declared, "shop": shop()}}
        if attack.index:
            places = dict.fromkeys(("UV_INDEX", "PIP_EXTRA_INDEX_URL"), f"{self.index}/simple")
            variables["gunicorn_apps_installer_env"] = {**places, "PIP_TRUSTED_HOST": self.address}
        return self._run(APPS, {**variables, **self._filled(step.variables, attack)}, attack.within)

    def _play(self, attack: Attack, step: Play) -> Outcome:
        playbook = placed(step.playbook, self._words(attack))
        return self._run(textwrap.dedent(playbook), self._filled(step.variables, attack), attack.within)

    def _filled(self, variables: Mapping[str, Any], attack: Attack) -> dict[str, Any]:
        return dict(placed(variables, self._words(attack)))

    def _words(self, attack: Attack) -> dict[str, str]:
        return {"@APP@": attack.app, "@ADDRESS@": self.address, "@INDEX@": self.index}

    def _run(self, playbook: str, variables: Mapping[str, Any], within: float) -> Outcome:
        try:
            limit = within * self.patience
            return Outcome(run_playbook(playbook, self.host, variables, STATE, limit=limit))
        except subprocess.TimeoutExpired as exc:
            output = (exc.output or b"").decode("utf-8", "replace")
            return Outcome(Result(HUNG, within, output, [], {}))

    # ---- what attackers bring ------------------------------------------------------------------------------------

    def _source(self, attack: Attack, source: Any) -> dict[str, str]:
        app, words = attack.app, self._words(attack)
        if isinstance(source, Git):
            return {"git": f"file://{self._repository(app, source.files, words)}"}
        if isinstance(source, HostPath):
            path = f"/srv/mallory/{app}"
            self._send(self._local(app, placed(source.files, words)), path, "mallory")
            return {"path": path}
        if isinstance(source, Archive):
            file = STATE / "archive" / app / source.name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(source.make())
            return {"archive": str(file)}
        assert isinstance(source, Local), source
        return {"local": str(self._local(app, placed(source.files, words)))}

    def _local(self, app: str, files: Mapping[str, str]) -> Path:
        directory = STATE / "source" / app
        if directory.exists():
            shutil.rmtree(directory)
        for name, content in files.items():
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            (directory / name).write_text(content)
        return directory

    def _repository(self, app: str, files: Mapping[Any, Any], words: Mapping[str, str]) -> str:
        files = placed(files, words)
        directory, target = STATE / "git" / app, f"/srv/repositories/{app}"
        if directory.exists():
            shutil.rmtree(directory)
        git = ["git", "-C", directory]
        subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", directory], check=True)
        subprocess.run([*git, "fast-import", "--quiet", "--done"], check=True, input=hostile.fast_import(files))
        self._send(directory, target, "root")
        return target

    def _send(self, directory: Path, target: str, owner: str) -> None:
        with subprocess.Popen(["tar", "-C", directory, "-cf", "-", "."], stdout=subprocess.PIPE) as archive:
            command = (
                f"rm -rf {target}; mkdir -p {target}; tar -C {target} --no-same-owner -xf -; chown -R {owner}: {target}"
            )
            subprocess.run([TOOL, "exec", self.host.name, "sh", "-c", command], stdin=archive.stdout, check=True)

    def _offer(self, files: Mapping[str, bytes]) -> None:
        """Put packages into the index, each at the project that its file name begins with."""
        for name, content in files.items():
            project = name.rsplit("-1.0", 1)[0] if "-1.0" in name else name.split("-")[0]
            folder = f"/srv/index/simple/{project.replace('_', '-')}"
            command = f"mkdir -p {folder}; cat > {folder}/{name}"
            subprocess.run([TOOL, "exec", self.host.name, "sh", "-c", command], input=content, check=True)

    # ---- what came of it -----------------------------------------------------------------------------------------

    def _damage(self, attack: Attack, client: Client, before: str, seen: Seen) -> list[str]:
        places = f"/srv/gunicorn/{attack.app} /srv/gunicorn/shell /tmp /var/tmp /dev/shm /srv/index"
        places += " /home/mallory /srv/mallory"
        told = self._look(
            {
                "watched": "systemctl stop evil-watch; cat /root/watch.json",
                "victim": VICTIM,
                "pwned": "cat /root/pwned",
                "changed": CHANGED,
                "sent": 'journalctl -u evil-index --since "@$(stat -c %Y /run/stamp)" --no-pager -o cat | grep exfil',
                **{f"leak {what}": f"grep -rlaF -D skip -e '{text}' {places}" for what, text in SECRETS.items()},
                "proof": placed(attack.proof, self._words(attack)) or ":",
                "declared": placed(attack.declared, self._words(attack)) or ":",
                "controllers": "cat /sys/fs/cgroup/cgroup.controllers",
            }
        )
        seen.enforced = not attack.needs or attack.needs in told["controllers"].split()
        seen.declared = " ".join(told["declared"].split())
        found = []
        if client.failures:
            found.append(f"{len(client.failures)} of {client.sent} requests to the victim failed: {client.failures[0]}")
        if told["victim"] != before and not attack.restarts_victim:
            found.append(f"the victim's service changed: {told['victim'].split()} instead of {before.split()}")
        status, row = request(self.address, "shop.localhost", "/row")
        if (status, row) != (200, SHOP_DATA):
            found.append(f"the victim's data: {status} {row[:60]}")
        if told["pwned"]:
            found.append(f"root ran code: {told['pwned'][:60]}")
        if told["changed"]:
            found.append(f"changed: {', '.join(told['changed'].splitlines())[:300]}")
        found += self._leaks(told, seen)
        watched = json.loads(told["watched"] or "{}")
        if watched.get("root_memory", 0) > MEMORY:
            found.append(f"a program of root took {watched['root_memory'] / 1024**2:.0f} MiB of memory")
        for limit, most in (("tasks", 2500), ("disk", 550 * 1024**2)):
            if watched.get(limit, 0) > most:
                found.append(f"limit: {watched[limit]} {limit}")
        return [*found, *([told["proof"][:300]] if told["proof"] else [])]

    def _leaks(self, told: Mapping[str, str], seen: Seen) -> list[str]:
        said = seen.evidence + seen.output
        found = [f"{what} in the output" for what, text in SECRETS.items() if text in said]
        found += [
            f"a secret of the app, as {form} text, in the output" for form, text in SECRET_FORMS.items() if text in said
        ]
        for what in SECRETS:
            files = told[f"leak {what}"].split()[:3]
            found += [f"{what} in {', '.join(files)}"] if files else []
        return [*found, *(f"sent away: {line}" for line in told["sent"].splitlines()[:1])]

    def _look(self, commands: Mapping[str, str]) -> dict[str, str]:
        """What each of these prints; in one connection, because each takes its time."""
        script = "".join(f"echo; echo '{MARK}'; {{ {command}\n}} 2>/dev/null\n" for command in commands.values())
        told = self.host.run(script, check=False).stdout.split(f"{MARK}\n")[1:]
        return {name: text.strip() for name, text in zip(commands, told, strict=True)}

    def _undo(self, attack: Attack, seen: Seen) -> None:
        if any("did not end" in one for one in seen.damage):
            self.reboot()
        if any(isinstance(step, Deploy) for step in attack.steps):
            self._deployed.append(attack)
        self._shell(f"{placed(attack.after, self._words(attack))}\n{UNDO}")
        status, _row = request(self.address, "shop.localhost", "/row")
        if status != 200:
            self._shell("systemctl restart gunicorn-shop-web.service")

    def remove(self) -> dict[str, str]:
        """Remove the evil apps by `state: absent`; return what is wrong by attack, if anything is."""
        names = [attack.app for attack in self._deployed]
        problems = {}
        if names and not self._gone(names):
            problems = {attack.name: said for attack in self._deployed if (said := self._gone([attack.app]))}
        self._deployed.clear()
        return problems

    def _gone(self, names: Sequence[str]) -> str:
        absent = {"gunicorn_apps": {name: {"state": "absent", "purge": True} for name in names}}
        done = self._run(APPS, absent, 120)
        places = " ".join(f"/srv/gunicorn/{name} /etc/systemd/system/gunicorn-{name}-*" for name in names)
        left = self._shell(f"ls -d {places} 2>/dev/null").strip()
        if done.status or left:
            self._shell(f"umount -l /srv/gunicorn/evil* 2>/dev/null; rm -rf {places}")
            return f"cannot be removed: {left or done.said[:200] or 'the run did not end'}"
        return ""

    def reboot(self) -> None:
        """End everything that an attack has left hanging."""
        self.host.reboot()
        self.__dict__.pop("address", None)  # the engine may give out another one
        self._serve_index()

    def _shell(self, command: str) -> str:
        done = self.host.run(command, check=False)
        return done.stdout + done.stderr


HUNG = 124


@dataclass(frozen=True)
class Outcome:
    """What a run of a playbook came to."""

    result: Result

    @property
    def status(self) -> int:
        return self.result.status

    @property
    def output(self) -> str:
        return self.result.output

    @property
    def said(self) -> str:
        """Why tasks failed, or all that there is if Ansible itself failed."""
        if self.status and not self.result.said:
            return self.output[-4000:]
        return self.result.said

    def handled(self, app: str) -> bool:
        """Whether a result of this app is known, and it did not fail."""
        for task in self.result.tasks:
            about = task["result"].get("apps", {}).get(app)
            if about is not None:
                return not about.get("failed") and not about.get("failure")
        # A refusal of the controller comes before anything happens to any app.
        return "gunicorn_apps" in self.result.said and not any("apps" in task["result"] for task in self.result.tasks)


def shop() -> dict[str, Any]:
    return {
        "app": "wsgi:app",
        "source": {"local": str(STATE / "source" / "shop")},
        "settings": {"workers": 2},
        "server_name": ["shop.localhost"],
        "env": {"DATABASE": "{shared}/shop.sqlite3"},
        "secret_env": {"PASSWORD": SHOP_SECRET},
    }


def shell() -> dict[str, Any]:
    return {
        "app": "wsgi:app",
        "source": {"local": str(STATE / "source" / "shell")},
        "settings": {"workers": 2, "worker_class": "gthread", "threads": 2},
        "server_name": ["shell.localhost"],
        "static": {"/media/": "{shared}/media"},
        # Without a controller for tasks the role leaves its own number out, and there would be nothing to read.
        "limits": {"tasks_max": 1000},
    }


def quoted(command: str) -> str:
    return "'" + command.replace("'", "'\\''") + "'"
