# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declaration of a host, checked as a whole."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.machine.options import ARGUMENT_SPEC, host_spec

DEBIAN = {"packages": [], "package_manager": "dpkg", "python": "/usr/bin/python3", "ca_bundle": "/ca.pem"}
DEFAULTS = {name: option.get("default") for name, option in ARGUMENT_SPEC.items()} | {"platforms": {"debian": DEBIAN}}


def test_defaults_are_accepted() -> None:
    spec = host_spec(DEFAULTS)
    assert spec.uv_version == ARGUMENT_SPEC["uv_version"]["default"]
    assert spec.worker_tmp is not None and (spec.worker_tmp.size, spec.worker_tmp.boot) == (64 << 20, "unit")


def test_what_mounts_the_tmpfs_at_boot() -> None:
    spec = host_spec({**DEFAULTS, "worker_tmp_boot": "fstab"})
    assert spec.worker_tmp is not None and spec.worker_tmp.boot == "fstab"


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"installer": "pip", "uv_version": "whatever"}, id="uv's version does not matter without uv"),
        pytest.param({"worker_tmp_enabled": False, "worker_tmp_dir": "/dev/shm"}, id="nor the directory without tmpfs"),
    ],
)
def test_what_is_switched_off_is_not_checked(options: dict[str, Any]) -> None:
    host_spec({**DEFAULTS, **options})


@pytest.mark.parametrize(
    ("options", "variable"),
    [
        ({"packages": ["-x"]}, "gunicorn_host_packages[0]"),
        ({"uv_version": "latest"}, "gunicorn_host_uv_version"),
        ({"build_env": {"A": []}}, "gunicorn_host_build_env.A"),
        ({"worker_tmp_dir": "/run"}, "gunicorn_host_worker_tmp_dir"),
        ({"worker_tmp_size": "0"}, "gunicorn_host_worker_tmp_size"),
        ({"sysctl": {"a.b": 1}}, "gunicorn_host_sysctl['a.b']"),
        ({"sysctl_extra": {"a.b": 1}}, "gunicorn_host_sysctl_extra['a.b']"),
        ({"limits": [{"domain": "*", "type": "-", "item": "x", "value": "1"}]}, "gunicorn_host_limits[0].item"),
        ({"platforms": {"debian": {"packages": []}}}, "platforms.debian"),
    ],
)
def test_errors_name_the_variable(options: dict[str, Any], variable: str) -> None:
    with pytest.raises(InputError) as caught:
        host_spec({**DEFAULTS, **options})
    assert caught.value.variable == variable
