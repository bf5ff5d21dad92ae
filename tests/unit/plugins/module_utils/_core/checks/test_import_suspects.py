# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which switches of the sandbox are suspected of a failed import, and in which order."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.checks.import_suspects import (
    EACCES,
    EAFNOSUPPORT,
    ENOENT,
    EPERM,
    EROFS,
    suspects,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.checks.sandbox_trial import (
    Suspect,
    open_switches,
    suspicion,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.sandbox import check_overrides, sandbox
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.unit_file import render_unit

EEXIST = 17
HOME = ["ProtectHome=read-only", "ProtectHome=no"]
CALLS = "SystemCallFilter=@system-service"
JIT = "MemoryDenyWriteExecute=no"
BASE = "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6"
FAMILIES = [f"{BASE} AF_NETLINK", "RestrictAddressFamilies="]


def unit(**opened: str) -> str:
    overrides = [{"directive": name, "value": value, "reason": "x"} for name, value in opened.items()]
    return render_unit({"Unit": {"Description": "x"}, "Service": {"User": "shop", **sandbox(overrides)}})


CLOSED = unit()
PRIVATE = f"{CLOSED}TemporaryFileSystem=/srv/gunicorn:ro\nInaccessiblePaths=-/var/log\nNoExecPaths=/tmp\n"
BARE = render_unit({"Unit": {"Description": "x"}, "Service": {"User": "shop"}})


def exc(type: str = "OSError", message: str = "", **given: Any) -> dict[str, Any]:
    return {"type": type, "bases": [], "message": message, "errno": None, "file": "", "frames": [], **given}


def raised(*exceptions: dict[str, Any], **answer: Any) -> dict[str, Any]:
    return {"answer": {"problem": "exception", "exceptions": list(exceptions), **answer}}


def lines(found: list[Suspect]) -> list[str]:
    return [" + ".join(f"{name}={value}" for name, value in one.switches) for one in found]


def found(report: dict[str, Any], text: str = CLOSED) -> list[str]:
    return lines(suspects(report, text))


# ---- places that are hidden --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/home/shop/x", HOME),
        ("/home", HOME),
        ("/root/.cache", HOME),
        ("/run/user/1000/bus", HOME),
        ("/tmp/x", ["PrivateTmp=no"]),
        ("/var/tmp", ["PrivateTmp=no"]),
        ("/dev/kmsg", ["ProtectKernelLogs=no"]),
        ("/proc/kmsg", ["ProtectKernelLogs=no"]),
        ("/dev/dri/card0", ["PrivateDevices=no", "PrivateDevices=no + DevicePolicy=auto"]),
        ("/proc/1/cmdline", ["ProtectProc=default"]),
        (
            "/proc/sys/kernel/osrelease",
            ["ProcSubset=all", "ProtectKernelTunables=no", "ProcSubset=all + ProtectKernelTunables=no"],
        ),
        ("/proc/meminfo", ["ProcSubset=all", "ProcSubset=all + ProtectProc=default"]),
        ("/sys/fs/cgroup/memory.max", ["ProtectControlGroups=no"]),
        ("/sys/class/net", ["ProtectKernelTunables=no"]),
        pytest.param("/homes/x", [], id="begins like home"),
        pytest.param("/tmpfiles", [], id="begins like tmp"),
        pytest.param("/srv/home/x", [], id="home further down"),
        pytest.param("/etc/x", [], id="not hidden"),
        pytest.param("x.db", [], id="relative"),
    ],
)
@pytest.mark.parametrize("number", [ENOENT, EACCES])
def test_a_file_that_is_not_there(path: str, number: int, expected: list[str]) -> None:
    assert found(raised(exc(file=path, errno=number))) == expected


@pytest.mark.parametrize(
    ("path", "number", "expected"),
    [
        ("/srv/gunicorn/desk/shared/x", ENOENT, ["TemporaryFileSystem="]),
        ("/var/log/x", EACCES, ["InaccessiblePaths="]),
        ("/run/dbus/system_bus_socket", EACCES, ["InaccessiblePaths="]),
        ("/srv/gunicorn/shop/shared/bin/x", EACCES, ["NoExecPaths=", "TemporaryFileSystem="]),
        ("/tmp/x.so", EACCES, ["NoExecPaths=", "PrivateTmp=no"]),
        ("/var/log/x", EROFS, ["ProtectSystem=full"]),
        ("/srv/gunicorn/desk/shared/x", EROFS, ["ProtectSystem=full"]),
    ],
)
def test_what_the_private_view_hides(path: str, number: int, expected: list[str]) -> None:
    assert found(raised(exc(file=path, errno=number)), PRIVATE) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/usr/share/x", ["ProtectSystem=no"]),
        ("/boot/x", ["ProtectSystem=no"]),
        ("/efi", ["ProtectSystem=no"]),
        ("/etc/x", ["ProtectSystem=yes"]),
        ("/srv/x", ["ProtectSystem=full"]),
        ("/usrlocal", ["ProtectSystem=full"]),
        ("x.db", ["ProtectSystem=full"]),
        ("/home/x", HOME),
    ],
)
def test_a_file_that_cannot_be_written(path: str, expected: list[str]) -> None:
    assert found(raised(exc(file=path, errno=EROFS))) == expected


def test_a_number_that_has_nothing_to_do_with_it() -> None:
    assert found(raised(exc(file="/home/x", errno=EEXIST))) == []


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        pytest.param("cannot open /home/shop/model.bin: no", HOME, id="a path in the text"),
        pytest.param("cannot open '/tmp/a' and \"/dev/dri\"", ["PrivateTmp=no", "PrivateDevices=no"], id="two"),
        pytest.param("see https://example.org/home/x", [], id="a URL"),
        pytest.param("/opt/home/x is broken", [], id="home further down"),
        pytest.param("/home is broken", [], id="nothing below it"),
        pytest.param("unable to open: Read-only file system", ["ProtectSystem=full"], id="the text says what"),
        pytest.param("attempt to write a readonly database", ["ProtectSystem=full"], id="as SQLite says it"),
        pytest.param("[/home/x] Read-only file system", [*HOME, "ProtectSystem=full"], id="both"),
        pytest.param("broken", [], id="nothing"),
    ],
)
def test_an_exception_that_names_no_file(message: str, expected: list[str]) -> None:
    assert found(raised(exc("sqlite3.OperationalError", message)))[: max(len(expected), 1)] == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        pytest.param({"type": "ImportError"}, HOME, id="an import"),
        pytest.param({"type": "ModuleNotFoundError", "bases": ["ImportError"]}, HOME, id="a module"),
        pytest.param({"type": "KeyError", "bases": ["LookupError"]}, [], id="no import"),
    ],
)
def test_the_search_path_is_hidden(kind: dict[str, Any], expected: list[str]) -> None:
    assert found(raised(exc(**kind), search_path=["/srv/x", "/home/shop/lib"])) == expected


# ---- calls that are refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("mmap.mmap(-1, 4096, prot=7)", [JIT, CALLS]),
        ("libc.unshare(CLONE_NEWNS)", ["RestrictNamespaces=no", CALLS, JIT]),
        ("os.sched_setscheduler(0, 1, p)", ["RestrictRealtime=no", CALLS, JIT]),
        ("os.chmod(path, 0o4755)", ["RestrictSUIDSGID=no", CALLS, JIT]),
        ("libc.personality(8)", ["LockPersonality=no", CALLS, JIT]),
        ("socket.sethostname('x')", ["ProtectHostname=no", CALLS, JIT]),
        ("time.clock_settime(0, 1)", ["ProtectClock=no", CALLS, JIT]),
        ("os.setpriority(0, 0, -5)", [CALLS, JIT]),
    ],
)
@pytest.mark.parametrize(
    "said", [{"errno": EPERM}, {"message": "[Errno 1] Operation not permitted"}], ids=["by number", "by words"]
)
def test_an_operation_that_is_not_permitted(said: dict[str, Any], source: str, expected: list[str]) -> None:
    told = exc("PermissionError", frames=[{"source": "import x"}, {"source": source}], **said)
    assert found(raised(told)) == expected


@pytest.mark.parametrize(
    "told",
    [
        pytest.param(exc("MemoryError"), id="ffi without executable memory"),
        pytest.param(exc("cffi.Error", bases=["MemoryError"]), id="a kind of it"),
        pytest.param(exc("RuntimeError", "LLVM ERROR: out of memory"), id="the text says who"),
        pytest.param(exc("ImportError", "x.so: failed to map segment from shared object"), id="the loader"),
    ],
)
def test_code_that_is_made_in_memory(told: dict[str, Any]) -> None:
    assert set(found(raised(told))) >= {JIT, CALLS}


@pytest.mark.parametrize(
    ("message", "source", "expected"),
    [
        pytest.param("", "socket.socket()", FAMILIES, id="not said which"),
        pytest.param("", "socket.socket(socket.AF_PACKET)", [f"{BASE} AF_PACKET", *FAMILIES], id="named"),
        pytest.param("AF_EVIL", "", FAMILIES, id="one that does not exist"),
        pytest.param("AF_NETLINK", "", FAMILIES, id="named, and the usual one"),
        pytest.param("", "socket.socket(socket.AF_INET)", FAMILIES, id="one that is open"),
    ],
)
def test_address_families(message: str, source: str, expected: list[str]) -> None:
    assert found(raised(exc(message=message, errno=EAFNOSUPPORT, frames=[{"source": source}]))) == expected


def test_processes_of_others() -> None:
    assert found(raised(exc("psutil.AccessDenied"))) == ["ProtectProc=default", "ProcSubset=all"]


# ---- no exception ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        pytest.param({"signal": "SIGSYS"}, [CALLS], id="the filter of calls"),
        *(
            pytest.param({"signal": name}, [JIT], id=name)
            for name in ("SIGSEGV", "SIGABRT", "SIGILL", "SIGBUS", "SIGTRAP")
        ),
        pytest.param({"signal": "SIGKILL"}, [], id="killed"),
        pytest.param({"end": "hang", "answer": None}, [], id="a hang"),
        pytest.param({}, [], id="no report"),
        pytest.param({"paths": ["/home/shop", "/usr/bin/python3"]}, HOME, id="what systemd needed"),
    ],
)
def test_without_an_exception(report: dict[str, Any], expected: list[str]) -> None:
    assert found(report) == expected


# ---- all of them together ----------------------------------------------------------------------------------------


def test_what_an_exception_came_from_goes_first() -> None:
    report = raised(exc(file="/tmp/x", errno=ENOENT), exc(file="/home/x", errno=ENOENT))
    assert found(report) == [*HOME, "PrivateTmp=no"]


def test_each_switch_once_with_its_first_reason() -> None:
    told = suspects(raised(exc(file="/tmp/b", errno=ENOENT), exc(file="/tmp/a", errno=ENOENT)), CLOSED)
    assert lines(told) == ["PrivateTmp=no"]
    assert told[0].reason == "the host's /tmp"


@pytest.mark.parametrize(
    ("opened", "path", "expected"),
    [
        pytest.param({"PrivateTmp": "no"}, "/tmp/x", [], id="open"),
        pytest.param({"PrivateTmp": "False"}, "/tmp/x", [], id="open, in another word"),
        pytest.param({"ProtectHome": "read-only"}, "/home/x", ["ProtectHome=no"], id="half open"),
        pytest.param({"ProtectHome": "tmpfs"}, "/home/x", HOME, id="closed in another way"),
        pytest.param({"PrivateDevices": "no"}, "/dev/x", ["DevicePolicy=auto"], id="one of two"),
        pytest.param({"ProcSubset": "all", "ProtectProc": "default"}, "/proc/x", [], id="both"),
    ],
)
def test_switches_that_are_open_already(opened: dict[str, str], path: str, expected: list[str]) -> None:
    assert found(raised(exc(file=path, errno=ENOENT)), unit(**opened)) == expected


def test_families_that_are_open_already() -> None:
    text = unit(RestrictAddressFamilies="AF_UNIX AF_INET AF_INET6 AF_NETLINK")
    assert found(raised(exc(errno=EAFNOSUPPORT)), text) == ["RestrictAddressFamilies="]
    assert found(raised(exc(errno=EAFNOSUPPORT)), unit(RestrictAddressFamilies="")) == []


@pytest.mark.parametrize("text", [BARE, render_unit({"Unit": {"Description": "x"}})], ids=["no sandbox", "no service"])
def test_no_sandbox_no_suspect(text: str) -> None:
    assert found(raised(exc(file="/home/x", errno=EPERM)), text) == []


# ---- opening them ------------------------------------------------------------------------------------------------

EVERYTHING = [
    raised(exc(file=path, errno=number))
    for number in (ENOENT, EROFS)
    for path in ("/home/x", "/tmp/x", "/dev/kmsg", "/dev/x", "/proc/1/x", "/proc/sys/x", "/proc/x", "/sys/fs/cgroup/x")
] + [
    *(raised(exc(file=path, errno=EROFS)) for path in ("/usr/x", "/etc/x", "/srv/x")),
    raised(exc(errno=EAFNOSUPPORT)),
    raised(exc(message="mmap unshare realtime chmod personality hostname adjtime", errno=EPERM)),
]


@pytest.mark.parametrize("report", EVERYTHING)
def test_every_suspect_can_be_declared_and_is_then_no_suspect(report: dict[str, Any]) -> None:
    told = suspects(report, CLOSED)
    assert told
    for suspect in told:
        check_overrides(
            "sandbox",
            [{"directive": name, "value": value, "reason": suspect.reason} for name, value in suspect.switches],
        )
        assert suspect not in suspects(report, open_switches(CLOSED, suspect.switches))


EVIL = "]\nsandbox: [{directive: NoNewPrivileges, value: no}] \x1b[2J /home/evil AF_ALG"


@pytest.mark.parametrize(
    "report",
    [
        raised(exc(file=f"/home/{EVIL}", errno=ENOENT)),
        raised(exc(file=f"/srv/{EVIL}", errno=EROFS)),
        raised(exc(EVIL, EVIL, errno=EPERM, frames=[{"source": EVIL}])),
        raised(exc("ImportError", EVIL), search_path=[f"/home/{EVIL}"]),
        raised(exc(message=EVIL, errno=EAFNOSUPPORT)),
    ],
)
def test_no_text_of_the_app_gets_into_a_suspicion(report: dict[str, Any]) -> None:
    told = suspects(report, CLOSED)
    assert told
    said = suspicion(told)
    assert not any(word in said for word in ("evil", "NoNewPrivileges", "\x1b", "directive:"))
    assert all(line.startswith("  It may need ") for line in said.splitlines()[1:])
