# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Twenty hosts at once. Every container is several hosts of the inventory, for fact gathering as well."""

from __future__ import annotations

import statistics
import subprocess
from collections.abc import Iterator

import yaml
from ground import DRIFT, FACTS, SITE, STATE, Ground
from no_op import apps
from rig import TOOL, Host, bring

CONTAINERS = 4
HOSTS = 20
RUNS = 5
APPS = 3


def fleet(ground: Ground) -> Iterator[str]:
    """One host against twenty, with as many forks."""
    names = [f"bench-{number}" for number in range(2, CONTAINERS + 1)]
    declared = {"gunicorn_apps": apps(APPS)}
    try:
        hosts = [ground.host, *(bring(name, ground.image, STATE) for name in names)]
        few, many = _inventory("few", hosts, CONTAINERS), _inventory("many", hosts, HOSTS)
        Ground(few, ground.image).run(SITE, declared)
        times: dict[tuple[str, int], list[float]] = {}
        for _number in range(RUNS):
            for count, place in ((1, ground), (HOSTS, Ground(many, ground.image))):
                for playbook in (FACTS, SITE, DRIFT):
                    seconds = place.run(playbook, declared, "--forks", str(HOSTS), changes=False)
                    times.setdefault((playbook, count), []).append(seconds)
        yield f"medians of {RUNS} runs each, {APPS} apps a host; {HOSTS} hosts are {CONTAINERS} containers"
        for count in (1, HOSTS):
            facts = statistics.median(times[FACTS, count])
            yield f"{f'fact gathering, {count} hosts':<28} {facts:6.2f} s"
            for playbook, what in ((SITE, "no-op site"), (DRIFT, "drift")):
                seconds = statistics.median(times[playbook, count])
                yield f"{f'{what}, {count} hosts':<28} {seconds:6.2f} s   {seconds / facts:.2f} x fact gathering"
        ground.run(SITE, {"gunicorn_apps": {name: {**app, "state": "absent"} for name, app in apps(APPS).items()}})
    finally:
        for name in names:
            subprocess.run([TOOL, "down", name], check=True)


def _inventory(name: str, hosts: list[Host], count: int) -> Host:
    """As many names, which take turns with the containers."""
    found = {}
    for number in range(count):
        host = hosts[number % len(hosts)]
        told = yaml.safe_load(host.inventory.read_text())["all"]["hosts"][host.name]
        found[f"{name}-{number + 1}"] = told
    path = STATE / f"{name}.yml"
    path.write_text(yaml.safe_dump({"all": {"hosts": found}}))
    return Host(name, path)
