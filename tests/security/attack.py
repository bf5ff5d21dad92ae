# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an attack is, and whether it was stopped. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Union

WHO = {
    "repository": "who can push to a repository that is deployed",
    "package": "a package that is resolved or installed, or the index that it comes from",
    "build": "a build command, or what it runs",
    "running app": "an app that an attacker controls while it serves",
    "path owner": "the owner of a `source.path`",
    "local user": "any other user of the host",
    "client": "anybody on the network",
    "operator": "a mistake of the operator, or a value that somebody else chose for one",
}
GOALS = {
    "root": "read or write as root, or run code as root",
    "apps": "files, secrets, processes and sockets of other apps, or what a later release of the same app runs",
    "operator": "the operator's terminal, reports and secrets",
    "host": "the host's availability, and that of other apps",
}
# Colours are off, so nothing but line breaks and tabs is ours.
PLAIN = "\n\t"
BIDIRECTIONAL = re.compile("[\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Git:
    """A repository on the host with these files."""

    files: Mapping[Any, Any]


@dataclass(frozen=True)
class Local:
    """A directory on the controller."""

    files: Mapping[str, str]


@dataclass(frozen=True)
class Path:
    """A directory on the host that `mallory` owns."""

    files: Mapping[str, str]


@dataclass(frozen=True)
class Archive:
    """A file on the controller; what takes long to make is made when it is needed."""

    name: str
    make: Callable[[], bytes]


@dataclass(frozen=True)
class Deploy:
    """A run of the apps role with the evil app and, behind it, the victim."""

    source: Union[Git, Local, Path, Archive, None] = None
    app: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Ask:
    """Python that the compromised app runs in its worker."""

    code: str


@dataclass(frozen=True)
class Run:
    """A shell command on the host; as `root` it stands for what an operator or another program does there."""

    command: str
    user: str = "root"


@dataclass(frozen=True)
class Play:
    """A playbook that the operator runs."""

    playbook: str
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Get:
    """A request to nginx, from outside."""

    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    host: str = "shell.localhost"


Step = Union[Deploy, Ask, Run, Play, Get]


@dataclass(frozen=True)
class Attack:
    """One entry. `@APP@` in it stands for the name of the evil app, `@ADDRESS@` and `@INDEX@` for those of the host.

    An attack has failed if nobody found damage, and if it was either refused, with a message that names the app and
    matches `refused`, or demonstrably tried: then its output contains `tried`.
    """

    name: str
    who: str
    goal: str
    what: str
    stopped_by: str
    steps: Sequence[Step]
    refused: str = ""
    tried: str = "TRIED"
    subject: str = ""  # what a refusal must name, if not the app
    loot: str = ""  # a pattern of output that only an attack that succeeded has
    # Run as root before the steps and afterwards; what `proof` prints is damage.
    before: str = ""
    proof: str = ""
    after: str = ""
    index: Mapping[str, bytes] = field(default_factory=dict)
    within: float = 90
    restarts_victim: bool = False
    # What the kernel of the host must enforce; without it, `declared` must print a directive that would.
    needs: str = ""
    declared: str = ""

    @property
    def app(self) -> str:
        return f"evil-{self.name}"


@dataclass
class Seen:
    """What was observed during an attack."""

    evidence: str = ""  # what the attacker's code printed or got, and messages of failed runs
    output: str = ""  # all that the operator's terminal got
    damage: list[str] = field(default_factory=list)
    declared: str = ""
    enforced: bool = True
    seconds: float = 0.0


@dataclass(frozen=True)
class Verdict:
    """`stopped` is whether the attack failed; `text` says how, or what it achieved."""

    stopped: bool
    text: str


def judge(attack: Attack, seen: Seen) -> Verdict:
    """Return whether the attack was stopped."""
    damage = [*seen.damage, *got(seen.evidence), *controls(seen.output)]
    if attack.loot:
        damage += [f"got {brief(found.group(), 60)}" for found in re.finditer(attack.loot, seen.evidence)]
    if not seen.enforced:
        if not seen.declared:
            return Verdict(False, f"SUCCEEDED: no directive limits it ({attack.needs} is missing on this host as well)")
        damage = [one for one in damage if not one.startswith("limit: ")]
    if damage:
        return Verdict(False, f"SUCCEEDED: {'; '.join(brief(one) for one in dict.fromkeys(damage))}")
    if attack.refused and re.search(attack.refused, seen.evidence):
        subject = attack.subject or attack.app
        if subject not in seen.evidence:
            return Verdict(False, f"UNCLEAR: the refusal does not name {subject}: {brief(seen.evidence)}")
        return Verdict(True, "refused")
    if attack.tried and re.search(attack.tried, seen.evidence):
        if not seen.enforced:
            return Verdict(True, f"declared: {seen.declared} (this host has no {attack.needs} to enforce it)")
        return Verdict(True, "harmless")
    if "DEPLOYED" in seen.evidence and not attack.tried:
        return Verdict(False, "SUCCEEDED: it was accepted")
    return Verdict(
        False, f"UNPROVEN: neither refused as expected nor visibly tried: {brief(seen.evidence[-600:], 600)}"
    )


def got(evidence: str) -> list[str]:
    """What the attacker's code reports as loot."""
    return [f"got {brief(found, 120)}" for found in re.findall(r"\bGOT (.+)", evidence)]


def controls(output: str) -> list[str]:
    """Characters in the operator's terminal that do more than show something."""
    found = sorted({char for char in output if unicodedata.category(char) == "Cc" and char not in PLAIN})
    found += sorted(set(BIDIRECTIONAL.findall(output)))
    return [f"control characters in the terminal: {' '.join(f'U+{ord(char):04X}' for char in found)}"] if found else []


def brief(text: str, length: int = 300) -> str:
    """The beginning of a text on one line, without anything that a terminal would act on."""
    line = "".join(char if char.isprintable() else "?" for char in " ".join(text.split()))
    return line if len(line) <= length else line[: length - 1] + "…"


def placed(value: Any, words: Mapping[str, str]) -> Any:
    """The value with what each of the words stands for, at any depth."""
    if isinstance(value, str):
        for word, meaning in words.items():
            value = value.replace(word, meaning)
        return value
    if isinstance(value, Mapping):
        return {placed(key, words): placed(item, words) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(placed(item, words) for item in value)
    return value
