# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documented examples of filters are what they say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.wsgiops.gunicorn.plugins.filter.gunicorn_sizing import gunicorn_sizing
from ansible_collections.wsgiops.gunicorn.plugins.filter.gunicorn_sysctl_profile import gunicorn_sysctl_profile
from ansible_collections.wsgiops.gunicorn.plugins.filter.gunicorn_workers import gunicorn_workers
from jinja2 import Environment

FILTERS = Path(__file__).parents[4] / "plugins" / "filter"
PAIR = re.compile(r'^\w+: "(.*)"\n# => (.*)$', re.M)
EXAMPLES = [
    pytest.param(expression, result, id=f"{sidecar.stem}-{number}")
    for sidecar in sorted(FILTERS.glob("*.yml"))
    for number, (expression, result) in enumerate(PAIR.findall(yaml.safe_load(sidecar.read_text())["EXAMPLES"]))
]


@pytest.mark.parametrize(("expression", "result"), EXAMPLES)
def test_example(expression: str, result: str) -> None:
    environment = Environment()
    environment.filters["wsgiops.gunicorn.gunicorn_workers"] = gunicorn_workers
    environment.filters["wsgiops.gunicorn.gunicorn_sizing"] = gunicorn_sizing
    environment.filters["wsgiops.gunicorn.gunicorn_sysctl_profile"] = gunicorn_sysctl_profile
    assert environment.from_string(expression).render() == result


def test_every_filter_has_examples() -> None:
    assert len(EXAMPLES) >= 2 * len(list(FILTERS.glob("*.py")))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((0,), "0 is not a number of CPUs"),
        (("4",), "'4' is not a number of CPUs"),
        ((True,), "True is not a number"),
        ((4, "fast"), "neither a profile nor a formula such as 2n+1"),
        ((4, "mixd"), "Did you mean 'mixed'?"),
        ((4, "2n+"), "neither a profile nor a formula"),
        ((4, "io", "much"), "memory"),
        ((4, "io", "1G", "some"), "worker_memory"),
        ((4, "io", "1G", "100M", 0), "shares must be at least 1"),
    ],
)
def test_wrong_input(arguments: tuple[Any, ...], said: str) -> None:
    with pytest.raises(AnsibleFilterError, match=re.escape(said)):
        gunicorn_workers(*arguments)


def test_wrong_load_names_the_variable() -> None:
    for arguments, name in (([], "load"), (["gunicorn_host_load"], "gunicorn_host_load")):
        said = f"gunicorn_sysctl_profile: {name}.backlg: is not a known key. Did you mean 'backlog'?"
        with pytest.raises(AnsibleFilterError, match=re.escape(said)):
            gunicorn_sysctl_profile({"backlg": 1}, *arguments)


@pytest.mark.parametrize(
    ("formula", "cpus", "workers"),
    [("n", 4, 4), ("n+1", 4, 5), ("2n+1", 4, 9), ("2n + 2", 4, 10), ("2N+1", 1, 3), ("n-1", 1, 1), ("3n-2", 2, 4)],
)
def test_formulas(formula: str, cpus: int, workers: int) -> None:
    assert gunicorn_workers(cpus, formula) == workers
    reasons = gunicorn_sizing(cpus, formula)["reasons"]
    assert f"workers {workers}: {formula}, declared in settings, gives {workers} with {cpus} CPU" in reasons[1]
