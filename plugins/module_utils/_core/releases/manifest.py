# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The manifest of a release (`manifest.json`), and the notes that later deploys store next to it.

Format 1 has grown: early releases lack some fields, which have defaults here, and a reader ignores fields that it does
not know. So a new field does not need a new format. A change that an older reader would misunderstand does: then
raise FORMAT, and let `from_data` also read the older one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, NamedTuple, Optional, Union

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.health.request import Health
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.releases.json_fields import FieldError, Fields

FORMAT = 1
RESOLVED = ("digest", "url", "commit", "ref", "version")  # what a source resolves to; which ones depends on its type


class ManifestError(ValueError):
    """The manifest cannot be used; `newer` is true if only a newer version of this collection can read it."""

    def __init__(self, problem: str, newer: bool = False) -> None:
        self.newer = newer
        super().__init__(problem)


class SourceRecord(NamedTuple):
    """The code: what was declared, what that resolved to, and where it is."""

    id: str = ""
    kind: str = ""
    value: Union[str, tuple[str, ...]] = ""  # a tuple for packages
    root: str = ""  # the layer; '' if the app is one of the packages
    path: str = ""  # the directory that the service runs in
    digest: str = ""
    url: str = ""
    commit: str = ""
    ref: str = ""
    version: str = ""


class VenvRecord(NamedTuple):
    """The virtual environment: what was required (`key`), and what that was resolved to."""

    path: str = ""
    key: str = ""
    lock: str = ""
    digest: str = ""
    gunicorn: str = ""


class SettingsAnswer(NamedTuple):
    """The installed Gunicorn's verdict on the settings; `asked` is '' if the next build must ask it again."""

    asked: str = ""
    answer: str = ""


class InstanceRecord(NamedTuple):
    """What an instance runs with, and why."""

    bind: str
    worker_class: str
    workers: int
    threads: int
    reasons: tuple[str, ...] = ()
    tls: bool = False


class FailureNote(NamedTuple):
    """Why the release must not be used: a deploy of it failed, or its files were changed afterwards."""

    time: str
    why: str
    damaged: tuple[str, ...] = ()  # layers that must not be used for a build any more


class Checked(NamedTuple):
    """What the import check measured."""

    worker_memory: int  # bytes that the number of workers is calculated with


class Manifest(NamedTuple):
    """Everything that is stored about a release; later runs need nothing else to know it."""

    id: str = ""
    key: str = ""
    app: str = ""
    created: str = ""
    version: str = ""
    source: SourceRecord = SourceRecord()
    venv: VenvRecord = VenvRecord()
    layers: tuple[str, ...] = ()  # including the release itself
    instances: Mapping[str, InstanceRecord] = {}
    env: Mapping[str, str] = {}
    secret_env: tuple[str, ...] = ()
    requirements_for: str = ""
    requirements_id: Optional[str] = None
    # Not in the earliest releases:
    declared: str = ""  # for people, as JSON
    health: Health = Health()
    process: str = ""  # digest of what a master keeps as long as it runs; '' if unknown
    preload: bool = False
    settings: SettingsAnswer = SettingsAnswer()
    files: Mapping[str, str] = {}  # as they were built; if empty, nothing is compared
    # Stored in separate files, because they are written after the release:
    failed: Optional[FailureNote] = None
    checked: Optional[Checked] = None

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Parse `manifest.json`. Raise ManifestError if it is damaged or has a newer format."""
        return cls.from_data(_parsed(text))

    @classmethod
    def from_data(cls, data: Any) -> Manifest:
        """Build a manifest from parsed JSON. Raise ManifestError as `from_json` does."""
        try:
            fields = Fields(data)
            number = fields.integer("format")
            if number > FORMAT:
                raise ManifestError(
                    f"its format is {number}, but this version of the collection reads formats up to {FORMAT}",
                    newer=True,
                )
            return _manifest(fields)
        except FieldError as exc:
            raise ManifestError(str(exc)) from exc

    def to_json(self) -> str:
        """Return the content of `manifest.json`."""
        data = {"format": FORMAT, **self._asdict()}
        del data["failed"], data["checked"]
        source = self.source._asdict()
        data["source"] = {name: value for name, value in source.items() if value or name not in RESOLVED}
        data["venv"] = self.venv._asdict()
        data["settings"] = self.settings._asdict() if self.settings.asked else {}
        data["instances"] = {name: one._asdict() for name, one in self.instances.items()}
        data["env"], data["files"] = dict(self.env), dict(self.files)
        data["health"] = asdict(self.health)
        return json.dumps(data, indent=2, sort_keys=True) + "\n"

    def declared_instances(self) -> dict[str, dict[str, Any]]:
        """Return the declared settings and bind by instance; nothing for a release without a stored declaration.

        Raise ManifestError if the declaration cannot be read.
        """
        try:
            instances = json.loads(self.declared or "{}").get("instances", {})
            return {name: dict(about) for name, about in instances.items()}
        except (ValueError, TypeError, AttributeError) as exc:
            raise ManifestError(f"`declared` was not written by a deploy ({exc})") from exc


NO_RELEASE = Manifest()  # stands for a release that does not exist


class Unusable(NamedTuple):
    """A release on disk whose manifest could not be read."""

    path: str
    why: str
    since: str = ""  # when the manifest was last written
    newer: bool = False

    def __str__(self) -> str:
        return f"{self.path}: {self.why}."


def refuse_unusable(app: str, live: Iterable[str], unusable: Mapping[str, Unusable]) -> None:
    """Raise HostError if a live release cannot be read: it could not be restored. Other releases do not matter."""
    for name in live:
        about = unusable.get(name)
        if about and about.newer:
            cause = f"release {name} of {app} is live, but was built by a newer version of this collection."
            raise HostError(cause, str(about), "Nothing was changed. Upgrade the collection on this controller.")
        if about:
            raise HostError(
                f"release {name} of {app} is live, but its manifest is damaged.",
                str(about),
                "Nothing was changed. Restore the file: without it, a failed deploy cannot be undone. "
                "To deploy anyway, remove the file.",
            )


def failure_from_json(text: str, written: str) -> FailureNote:
    """Parse `failed.json`. A damaged one still means that the release failed, at the time `written`."""
    try:
        fields = Fields(_parsed(text))
        return FailureNote(fields.text("time"), fields.text("why"), fields.texts("damaged", ()))
    except (ManifestError, FieldError) as exc:
        return FailureNote(written, f"unknown: failed.json is damaged ({exc})")


def checked_from_json(text: str) -> Optional[Checked]:
    """Parse `checked.json`; treat a damaged one as missing."""
    try:
        return Checked(Fields(_parsed(text)).integer("worker_memory", 0))
    except (ManifestError, FieldError):
        return None


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError as exc:
        raise ManifestError("it is not JSON: it is nested too deeply") from exc
    except ValueError as exc:
        raise ManifestError(f"it is not JSON: {exc}") from exc


def _manifest(fields: Fields) -> Manifest:
    return Manifest(
        id=fields.text("id"),
        key=fields.text("key"),
        app=fields.text("app"),
        created=fields.text("created"),
        version=fields.text("version"),
        source=_source(fields.part("source")),
        venv=_venv(fields.part("venv")),
        layers=fields.texts("layers"),
        instances={name: _instance(one) for name, one in fields.parts("instances").items()},
        env=fields.table("env"),
        secret_env=fields.texts("secret_env"),
        requirements_for=fields.text("requirements_for"),
        requirements_id=fields.text_or_null("requirements_id"),
        declared=fields.text("declared", ""),
        health=_health(fields.part("health")) if "health" in fields else Health(),
        process=fields.text("process", ""),
        preload=fields.flag("preload", False),
        settings=_settings(fields.part("settings")) if "settings" in fields else SettingsAnswer(),
        files=fields.table("files", {}),
    )


def _source(fields: Fields) -> SourceRecord:
    return SourceRecord(
        id=fields.text("id"),
        kind=fields.text("kind"),
        value=fields.text_or_texts("value"),
        root=fields.text("root"),
        path=fields.text("path"),
        **{name: fields.text(name, "") for name in RESOLVED},
    )


def _venv(fields: Fields) -> VenvRecord:
    return VenvRecord(*(fields.text(name) for name in VenvRecord._fields))


def _settings(fields: Fields) -> SettingsAnswer:
    return SettingsAnswer(fields.text("asked", ""), fields.text("answer", ""))


def _instance(fields: Fields) -> InstanceRecord:
    return InstanceRecord(
        bind=fields.text("bind"),
        worker_class=fields.text("worker_class"),
        workers=fields.integer("workers"),
        threads=fields.integer("threads"),
        reasons=fields.texts("reasons", ()),
        tls=fields.flag("tls", False),
    )


def _health(fields: Fields) -> Health:
    plain = Health()
    return Health(
        path=fields.text("path", plain.path),
        host=fields.text("host", plain.host),
        status=fields.integers("status", plain.status),
        timeout=fields.number("timeout", plain.timeout),
        within=fields.number("within", plain.within),
        method=fields.text("method", plain.method),
        headers=fields.table("headers", plain.headers),
        body=fields.text("body", plain.body),
        successes=fields.integer("successes", plain.successes),
        settle=fields.number("settle", plain.settle),
    )


def find_release(manifests: Mapping[str, Manifest], key: Optional[str], current: str) -> Optional[str]:
    """Return the release that was built from these inputs; if several were, the current or newest one; else None."""
    if key is None:
        return None
    matching = [name for name, manifest in manifests.items() if manifest.key == key]
    if current in matching:
        return current
    return max(matching, key=lambda name: manifests[name].created, default=None)


def find_lock(manifests: Mapping[str, Manifest], venv_key: Optional[str], current: str) -> Optional[VenvRecord]:
    """Return the venv that was resolved from the same requirements, or None; only `upgrade` resolves them again."""
    ordered = sorted(manifests, key=lambda name: (name == current, manifests[name].created), reverse=True)
    for name in ordered:
        venv = manifests[name].venv
        if venv_key is not None and venv.key == venv_key:
            return venv
    return None


def settings_answers(manifests: Mapping[str, Manifest], venv: str) -> dict[str, str]:
    """Return the earlier verdicts of this venv's Gunicorn on settings, by the digest of the question."""
    return {
        manifest.settings.asked: manifest.settings.answer
        for manifest in manifests.values()
        if manifest.settings.asked and manifest.venv.path == venv
    }
