# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names that apps and instances have on the host: whatever is accepted, no two things have the same one."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import App
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.instances import refuse_taken_directory
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.normalize import normalize
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.layout import RUN, WORKER_TMP_DIR
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.bare_unit import SERVICE
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.runtime_units import (
    CANARY,
    KINDS,
    canary_bind,
    runtime_directory,
    variant_name,
)

WORDS = ("build", "canary", "check", "import", "release", "shop", "standin", "tmp", "web", "worker")
APPS = (*WORDS, *("-".join(pair) for pair in itertools.product(WORDS, repeat=2)), "worker-tmp-web", "shop-web-canary")
Options = Callable[..., dict[str, Any]]


def accepted(options: Options, app: str, instance: str) -> list[App]:
    try:
        return list(normalize("gunicorn_apps", {app: options(instances={instance: {}})}).values())
    except InputError:
        return []


def units(app: App) -> Iterator[str]:
    layout = app.layout
    yield layout.build_unit
    for instance in app.instances:
        yield layout.unit(instance.name, "socket")
        yield (service := layout.unit(instance.name, "service"))
        yield from (variant_name(service, kind) for kind in KINDS)
        yield variant_name(service, CANARY).replace(".service", ".socket")


def paths(app: App) -> Iterator[str]:
    """In /run."""
    for instance in app.instances:
        service = app.layout.unit(instance.name, "service")
        yield f"/run/{app.layout.runtime_directory(instance.name)}"
        yield from (runtime_directory(service, kind) for kind in KINDS)
        yield canary_bind(service)[len("unix:") :]


def test_no_two_names_collide(app_options: Options) -> None:
    found = [app for name in APPS for instance in WORDS for app in accepted(app_options, name, instance)]
    assert len(found) > 300, "most are accepted"
    names = Counter(name for app in found for name in set(units(app)) - {app.layout.build_unit})
    names.update({app.layout.build_unit for app in found})
    names.update({SERVICE, *(variant_name(SERVICE, kind) for kind in KINDS)})
    places = Counter(itertools.chain(*(paths(app) for app in found), (RUN, WORKER_TMP_DIR)))
    assert [name for name, times in {**names, **places}.items() if times > 1] == []


def test_directory_of_all_heartbeats(app_options: Options) -> None:
    with pytest.raises(InputError) as caught:
        normalize("gunicorn_apps", {"worker": app_options(instances={"tmp": {}})})
    assert caught.value.variable == "gunicorn_apps.worker.instances.tmp"
    assert f"its runtime directory would be {WORKER_TMP_DIR}" in str(caught.value)


@pytest.mark.parametrize(
    "directory", ["/run/gunicorn-shop-web", "/run/gunicorn-shop-web/tmp", "/run/gunicorn-shop-web-check"]
)
def test_heartbeats_in_a_runtime_directory(app_options: Options, directory: str) -> None:
    apps = normalize("gunicorn_apps", {"shop": app_options()})
    with pytest.raises(InputError) as caught:
        refuse_taken_directory(apps, directory)
    assert caught.value.variable == "gunicorn_apps_worker_tmp_dir"


@pytest.mark.parametrize("directory", [WORKER_TMP_DIR, "/dev/shm", "/run/gunicorn-shop-website", "/run/gunicorn-shop"])
def test_heartbeats_elsewhere(app_options: Options, directory: str) -> None:
    refuse_taken_directory(normalize("gunicorn_apps", {"shop": app_options()}), directory)
