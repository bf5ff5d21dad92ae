# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a person may open for a trial, and what is said before and after it."""

from __future__ import annotations

import pytest
import yaml
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.checks.sandbox_trial import (
    NEVER,
    OPENINGS,
    Suspect,
    Switches,
    check_trial,
    failed_open,
    open_switches,
    passed_closed,
    passed_open,
    suspicion,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.parsed_unit import parse_unit
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.sandbox import SANDBOX, SWITCHES, sandbox
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.unit_file import render_unit

# What the unit of an app has besides the sandbox that is the same for all.
PRIVATE = {
    "TemporaryFileSystem": "/srv/gunicorn:ro",
    "InaccessiblePaths": "-/var/log",
    "NoExecPaths": "/tmp",
    "IPAddressDeny": "169.254.169.254",
}


def unit(**opened: str) -> str:
    overrides = [{"directive": name, "value": value, "reason": "x"} for name, value in opened.items()]
    service = {"User": "shop", **PRIVATE, **sandbox(overrides)}
    return render_unit({"Unit": {"Description": "x"}, "Service": service})


CLOSED = unit()
HOME: Switches = (("ProtectHome", "read-only"),)
TWO: Switches = (("ProcSubset", "all"), ("ProtectProc", "default"))
FAMILIES: Switches = (("RestrictAddressFamilies", "AF_UNIX AF_INET"),)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param([], (), id="nothing"),
        pytest.param(["ProtectHome"], HOME, id="its usual value"),
        pytest.param(["ProtectHome=no"], (("ProtectHome", "no"),), id="a value"),
        pytest.param([" ProtectHome = no "], (("ProtectHome", "no"),), id="blanks"),
        pytest.param(["ProcSubset", "ProtectProc"], TWO, id="two"),
        pytest.param(["RestrictAddressFamilies=AF_UNIX AF_INET"], FAMILIES, id="a value of several words"),
        pytest.param(["RestrictAddressFamilies="], (("RestrictAddressFamilies", ""),), id="an empty value"),
    ],
)
def test_what_a_person_may_open(given: list[str], expected: Switches) -> None:
    assert check_trial("try_sandbox", given, CLOSED) == expected


@pytest.mark.parametrize("name", sorted(OPENINGS))
def test_every_opening_opens(name: str) -> None:
    assert check_trial("try_sandbox", [name], CLOSED) == ((name, OPENINGS[name]),)
    with pytest.raises(InputError, match=r"try_sandbox\[0\]: .* is not closed in this unit"):
        check_trial("try_sandbox", [name], unit(**{name: OPENINGS[name]}))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            ["ProtectHom"],
            r"try_sandbox\[0\]: 'ProtectHom' is not a directive of the sandbox. Did you mean 'ProtectHome'?",
        ),
        (
            ["ProtectHome", "x"],
            r"try_sandbox\[1\]: 'x' is not a directive of the sandbox. Allowed: DevicePolicy, IPAddressDeny",
        ),
        ([""], r"try_sandbox\[0\]: '' is not a directive"),
        (["ProtectHome", "ProtectHome=no"], r"try_sandbox\[1\]: ProtectHome is listed twice"),
        (["ProtectHome=maybe"], "'maybe' is not a value of ProtectHome"),
        (["ProtectHome=no\nUser=root"], "control character"),
        (["SystemCallFilter=x\nUser=root"], "control character"),
    ],
)
def test_what_is_refused(given: list[str], said: str) -> None:
    with pytest.raises(InputError, match=said.replace("?", r"\?")):
        check_trial("try_sandbox", given, CLOSED)


@pytest.mark.parametrize("name", sorted(set(SANDBOX) - set(OPENINGS)))
@pytest.mark.parametrize("value", ["", "=no"])
def test_what_is_never_opened(name: str, value: str) -> None:
    with pytest.raises(InputError, match=f"{name} is never opened for a trial: .*Allowed: DevicePolicy"):
        check_trial("try_sandbox", [f"{name}{value}"], CLOSED)


def test_the_tables() -> None:
    assert {"ProtectSystem", "RestrictNamespaces", "RestrictSUIDSGID", "NoNewPrivileges"} <= set(NEVER)
    assert not set(NEVER) & set(OPENINGS)
    assert {*NEVER, *OPENINGS} <= set(SWITCHES)


def test_without_a_sandbox_there_is_nothing_to_open() -> None:
    bare = render_unit({"Unit": {"Description": "x"}, "Service": {"User": "shop"}})
    with pytest.raises(InputError, match="is not closed in this unit"):
        check_trial("try_sandbox", ["ProtectHome"], bare)


# ---- what is said ------------------------------------------------------------------------------------------------


def test_a_suspicion_names_the_trial() -> None:
    first, second = suspicion([Suspect(HOME, "home directories")]).splitlines()
    assert "nothing was opened" in first
    assert second == (
        "  It may need ProtectHome=read-only (home directories);"
        " to try it: gunicorn_import_check with try_sandbox: [ProtectHome=read-only]."
    )


@pytest.mark.parametrize("switches", [HOME, TWO, FAMILIES, (("SystemCallFilter", "a, b"),), (("ProtectHome", ""),)])
def test_the_trial_can_be_copied(switches: Switches) -> None:
    words = suspicion([Suspect(switches, "x")]).rpartition("try_sandbox: ")[2].rstrip(".")
    assert yaml.safe_load(words) == [f"{name}={value}" for name, value in switches]


def test_a_suspect_that_is_never_tried() -> None:
    said = suspicion([Suspect((("RestrictNamespaces", "no"),), "x")])
    assert said.endswith(f"It may need RestrictNamespaces=no (x), which is never tried: {NEVER['RestrictNamespaces']}.")
    assert "try_sandbox" not in said


def test_no_more_than_three_suspects() -> None:
    assert suspicion([]) == ""
    assert len(suspicion([Suspect(HOME, str(number)) for number in range(9)]).splitlines()) == 4


@pytest.mark.parametrize("switches", [HOME, TWO, (("RestrictAddressFamilies", ""),)])
def test_what_passed_can_be_declared_but_for_its_reason(switches: Switches) -> None:
    """Nobody can copy it without saying why: an empty reason is refused."""
    first, _newline, text = passed_open(switches, "gunicorn_apps.shop.sandbox").partition("\n")
    assert all(f"{name}={value}" in first for name, value in switches)
    (entries,) = yaml.safe_load(text).values()
    assert entries == [{"directive": name, "value": value, "reason": ""} for name, value in switches]


def test_other_outcomes() -> None:
    assert passed_closed(TWO).endswith("ProcSubset=all and ProtectProc=default is not needed and was not tried.")
    assert failed_open(HOME) == "With ProtectHome=read-only the import fails as well."


def test_open_switches_changes_nothing_else() -> None:
    opened = open_switches(CLOSED, (("SystemCallFilter", "@system-service"), ("ProtectHome", "no")))
    expected = {**parse_unit(CLOSED)["Service"], "SystemCallFilter": ["@system-service"], "ProtectHome": ["no"]}
    assert parse_unit(opened) == {**parse_unit(CLOSED), "Service": expected}
