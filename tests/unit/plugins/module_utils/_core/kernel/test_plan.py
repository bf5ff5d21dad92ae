# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kernel settings: what is declared, what is live, what the next boot sets, and what follows from the three."""

from __future__ import annotations

from typing import Any, Optional

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError, InputError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.files import FileState
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel.boot_files import (
    at_boot,
    boot_order,
    parse_file,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel.plan import (
    HOST,
    LiveValue,
    Owner,
    SysctlPlan,
    plan_sysctl,
    refuse_unavailable,
    render_file,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.kernel.settings import (
    Setting,
    machine_wide,
    normalize_key,
    parse_settings,
    proc_path,
)

PATH = HOST.path
KEY = "net.core.somaxconn"
EARLIER = "/etc/sysctl.d/60-other.conf"
LATER = "/etc/sysctl.d/99-late.conf"


def plan(setting: Setting, live: LiveValue, **files: str) -> SysctlPlan:
    paths = {"own": PATH, "earlier": EARLIER, "later": LATER}
    texts = {paths[name]: text for name, text in files.items()}
    before = FileState(texts[PATH], 0o644, "root", "root") if PATH in texts else None
    return plan_sysctl(HOST, [setting], {setting.key: live}, boot_order(texts, PATH), before)


def settled(setting: Setting, value: str) -> str:
    return render_file([(setting, value)])


@pytest.mark.parametrize(
    ("mode", "declared", "live", "files", "new_live", "new_file"),
    [
        pytest.param("at_least", "4096", "128", {}, "4096", "4096", id="too small"),
        pytest.param("at_least", "4096", "4095", {}, "4096", "4096", id="too small by one"),
        pytest.param("at_least", "4096", "4096", {}, None, "4096", id="equal is enough, the file keeps it"),
        pytest.param(
            "at_least", "65535", "9223372036854775807", {}, None, "9223372036854775807", id="more stays at boot"
        ),
        pytest.param("at_least", "4096", "128", {"earlier": f"{KEY}=9000"}, "9000", "9000", id="earlier file has more"),
        pytest.param("at_least", "4096", "128", {"earlier": f"{KEY}=9"}, "4096", "4096", id="earlier file has less"),
        pytest.param(
            "at_least", "4096", "9999", {"own": f"{KEY} = 5000"}, None, "5000", id="an experiment is not kept"
        ),
        pytest.param("at_least", "4096", "4096", {"own": f"{KEY} = 128"}, None, "4096", id="own file too small"),
        pytest.param("at_least", "8192", "5000", {"own": f"{KEY} = 5000"}, "8192", "8192", id="declaration has grown"),
        pytest.param("at_least", "10", "x", {}, None, None, id="no number in the kernel"),
        pytest.param("at_most", "60", "100", {}, "60", "60", id="too large"),
        pytest.param("at_most", "60", "10", {}, None, "10", id="less stays at boot"),
        pytest.param("exactly", "1", "2", {}, "1", "1", id="exactly, lower"),
        pytest.param("exactly", "1", "1", {"own": f"{KEY} = 2"}, None, "1", id="exactly, file differs"),
        pytest.param("exactly", "1", "2", {"earlier": f"{KEY}=7"}, "1", "1", id="exactly, whatever others say"),
        pytest.param("exactly", "bbr", "cubic", {}, "bbr", "bbr", id="text"),
        pytest.param("at_least", "1 5 9", "2 4 9", {}, "2 5 9", "2 5 9", id="one of three numbers too small"),
        pytest.param("at_least", "1 5 9", "1 9", {}, None, None, id="other count of numbers"),
    ],
)
def test_live_and_file(
    mode: str, declared: str, live: str, files: dict[str, str], new_live: Optional[str], new_file: Optional[str]
) -> None:
    setting = Setting(KEY, mode, declared)
    made = plan(setting, LiveValue(live), **files)
    assert [change.after for change in made.live] == ([new_live] if new_live else [])
    content = made.file.after.content if made.file and made.file.after else ""
    assert (f"{KEY} = {new_file}\n" in content) if new_file else content == ""
    assert bool(made.unavailable) == (new_file is None)


@pytest.mark.parametrize(
    ("declared", "live", "after"),
    [
        pytest.param("15000 65000", "32768 60999", "15000 65000", id="narrower on both sides"),
        pytest.param("15000 60000", "32768 60999", "15000 60999", id="narrower on one side"),
        pytest.param("32768 60999", "1024 65535", None, id="wider is left alone"),
        pytest.param("32768 60999", "32768 60999", None, id="equal"),
    ],
)
def test_range_covers(declared: str, live: str, after: Optional[str]) -> None:
    made = plan(Setting("net.ipv4.ip_local_port_range", "at_least", declared), LiveValue(live))
    assert [change.after for change in made.live] == ([after] if after else [])


@pytest.mark.parametrize(
    ("mode", "declared", "live", "own"),
    [
        pytest.param("at_least", "4096", "4096", "4096", id="as declared"),
        pytest.param("at_least", "4096", "8192", "8192", id="more than declared"),
        pytest.param("at_least", "4096", "100000", "8192", id="raised by hand since"),
        pytest.param("exactly", "1", "1", "1", id="exactly"),
        pytest.param("at_most", "60", "10", "10", id="at most"),
    ],
)
def test_second_run_changes_nothing(mode: str, declared: str, live: str, own: str) -> None:
    setting = Setting(KEY, mode, declared, "because")
    made = plan(setting, LiveValue(live), own=settled(setting, own))
    assert made.changes == []
    assert made.report[KEY] == {
        "declared": declared, "mode": mode, "live": live, "persisted": own, "reason": "because"
    }  # fmt: skip


@pytest.mark.parametrize("live", ["1", "4096", "4097", "99999"])
@pytest.mark.parametrize("earlier", ["", f"{KEY}=1", f"{KEY}=50000", "net.core.*=7"])
@pytest.mark.parametrize("own", ["", f"{KEY}=1", f"{KEY}=60000"])
def test_any_run_settles_at_once_and_never_lowers(live: str, earlier: str, own: str) -> None:
    setting = Setting(KEY, "at_least", "4096")
    first = plan(setting, LiveValue(live), earlier=earlier, own=own)
    now = first.report[KEY]["live"]
    assert first.file is None or first.file.after is not None
    content = first.file.after.content if first.file and first.file.after else own
    second = plan(setting, LiveValue(now), earlier=earlier, own=content)
    assert second.changes == []
    assert int(now) >= max(int(live), 4096)
    assert int(second.report[KEY]["persisted"]) >= 4096


@pytest.mark.parametrize(
    ("later", "finding"),
    [
        pytest.param(f"{KEY} = 128", True, id="later file undoes it"),
        pytest.param("net/core/somaxconn=128", True, id="written with slashes"),
        pytest.param(f"-{KEY} = 128", True, id="errors ignored"),
        pytest.param(f"{KEY} = 9000", False, id="later file asks for more"),
        pytest.param("net.core.* = 128", False, id="a pattern spares keys that are named"),
        pytest.param(f"# {KEY} = 128", False, id="comment"),
    ],
)
def test_overridden(later: str, finding: bool) -> None:
    setting = Setting(KEY, "at_least", "4096")
    made = plan(setting, LiveValue("4096"), own=settled(setting, "4096"), later=later)
    assert bool(made.findings) == finding
    assert made.changes == []
    if finding:
        assert LATER in made.findings[0].seen
        assert made.report[KEY]["persisted"] == "128"


def test_obstacle_is_a_finding_only_where_something_is_missing() -> None:
    setting = Setting("fs.file-max", "at_least", "65535")
    rich = plan(setting, LiveValue("100000", "Set it on the container's host."))
    poor = plan(setting, LiveValue("1000", "Set it on the container's host."))
    assert rich.changes == poor.changes == []
    assert rich.unavailable == ()
    assert "left alone" in rich.reasons[0]
    assert "Set it on the container's host." in poor.unavailable[0].seen


@pytest.mark.parametrize(
    "live", [LiveValue("128", "Not writable."), LiveValue("8192", "Not writable."), LiveValue(None, "No such key.")]
)
def test_obstacle_leaves_the_own_line(live: LiveValue) -> None:
    setting = Setting(KEY, "at_least", "4096")
    made = plan(setting, live, own=settled(setting, "8192"))
    assert made.changes == []


def test_missing_key_keeps_the_others() -> None:
    settings = [Setting(KEY, "at_least", "4096"), Setting("net.nope", "exactly", "1")]
    live = {KEY: LiveValue("128"), "net.nope": LiveValue(None, "No such key.")}
    made = plan_sysctl(HOST, settings, live, boot_order({}, PATH), None)
    assert [*map(str, made.changes)] == [f"set {KEY} = 4096 (was 128)", f"create {PATH}"]
    assert made.file is not None and made.file.after is not None
    assert "net.nope" not in made.file.after.content
    assert made.unavailable[0].seen.endswith("No such key.")


def test_nothing_declared_leaves_no_file() -> None:
    before = FileState("x = 1\n", 0o644, "root", "root")
    (change,) = plan_sysctl(HOST, [], {}, boot_order({PATH: "x = 1\n"}, PATH), before).changes
    assert str(change) == f"remove {PATH}"
    assert plan_sysctl(HOST, [], {}, boot_order({}, PATH), None).changes == []


@pytest.mark.parametrize(
    ("declared", "extra", "expected"),
    [
        pytest.param({KEY: {"at_least": 1}}, {}, [(KEY, "at_least", "1")], id="number"),
        pytest.param({KEY: {"at_least": "1"}}, {}, [(KEY, "at_least", "1")], id="number as text"),
        pytest.param({KEY: {"exactly": [1, 2]}}, {}, [(KEY, "exactly", "1 2")], id="list"),
        pytest.param({KEY: {"at_least": "1\t 2"}}, {}, [(KEY, "at_least", "1 2")], id="blanks"),
        pytest.param({KEY: {"at_least": 1}}, {KEY: {"exactly": 2}}, [(KEY, "exactly", "2")], id="extra wins"),
        pytest.param({KEY: {"at_least": 1}}, {KEY: None}, [], id="null leaves out"),
        pytest.param({}, {"net/core/somaxconn": {"at_most": 3}}, [(KEY, "at_most", "3")], id="slashes"),
    ],
)
def test_parse(declared: dict[str, Any], extra: dict[str, Any], expected: list[tuple[str, str, str]]) -> None:
    parsed = parse_settings({"s": declared, "x": extra})
    assert [(setting.key, setting.mode, setting.value) for setting in parsed] == expected


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        pytest.param({KEY: 4096}, "s['net.core.somaxconn']: 4096 has no direction. Write {at_least: 4096}", id="bare"),
        pytest.param({KEY: {"atleast": 1}}, "Did you mean 'at_least'?", id="mistyped mode"),
        pytest.param({KEY: {"reason": "x"}}, "needs exactly one of at_least, at_most, exactly; none", id="no mode"),
        pytest.param({KEY: {"at_least": 1, "exactly": 2}}, "at_least and exactly given", id="two modes"),
        pytest.param({KEY: {"at_least": "bbr"}}, "use exactly", id="order of text"),
        pytest.param({KEY: {"at_least": True}}, "neither a number nor text", id="bool"),
        pytest.param({KEY: {"at_least": 1.5}}, "neither a number nor text", id="float"),
        pytest.param({KEY: {"exactly": " "}}, "is empty", id="empty"),
        pytest.param({"somaxconn": {"at_least": 1}}, "not the name of a kernel setting", id="no path"),
        pytest.param({"net.core/../../x": {"at_least": 1}}, "not the name of a kernel setting", id="path trick"),
        pytest.param({"net/../x": {"at_least": 1}}, "not the name of a kernel setting", id="path trick with slashes"),
        pytest.param({"net.*.x": {"at_least": 1}}, "not the name of a kernel setting", id="pattern"),
    ],
)
def test_refused(declared: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_settings({"s": declared})
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("key", "dotted", "path"),
    [
        pytest.param("net.core.somaxconn", KEY, "/proc/sys/net/core/somaxconn", id="dots"),
        pytest.param("net/core/somaxconn", KEY, "/proc/sys/net/core/somaxconn", id="slashes"),
        pytest.param(
            "net/ipv4/conf/eth0.5/forwarding",
            "net.ipv4.conf.eth0/5.forwarding",
            "/proc/sys/net/ipv4/conf/eth0.5/forwarding",
            id="dot inside of a name",
        ),
    ],
)
def test_key_forms(key: str, dotted: str, path: str) -> None:
    assert normalize_key(key) == dotted
    assert proc_path(dotted) == path


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        pytest.param("net.core.somaxconn", False, id="network"),
        pytest.param("kernel.shmmax", False, id="shared memory"),
        pytest.param("fs.file-max", True, id="files"),
        pytest.param("vm.swappiness", True, id="memory"),
        pytest.param("kernel.pid_max", True, id="kernel"),
    ],
)
def test_machine_wide(key: str, expected: bool) -> None:
    assert machine_wide(key) == expected


def test_boot_order_is_by_file_name_and_sysctl_conf_is_last() -> None:
    boot = boot_order(
        {
            "/etc/sysctl.conf": "a.a=5",
            LATER: "a.a=4",
            PATH: "a.a=3",
            "/usr/lib/sysctl.d/50-default.conf": "a.a=1",
            EARLIER: "a.a=2",
        },
        PATH,
    )
    assert [line.value for line in (*boot.before, *boot.own, *boot.after)] == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        pytest.param("/etc/sysctl.d/10-a.conf", ("", "0", "1 2 3 4"), id="before all"),
        pytest.param("/etc/sysctl.d/90-gunicorn-sysctl.conf", ("1", "0", "2 3 4"), id="before gunicorn_host's"),
        pytest.param("/etc/sysctl.d/90-gunicorn.conf", ("1", "2", "3 4"), id="gunicorn_host's"),
        pytest.param("/etc/sysctl.d/90-zebra.conf", ("1 2", "0", "3 4"), id="after gunicorn_host's"),
        pytest.param("/etc/sysctl.d/99-zz.conf", ("1 2 3", "0", "4"), id="after all but sysctl.conf"),
    ],
)
def test_boot_order_around_any_file(own: str, expected: tuple[str, str, str]) -> None:
    files = {
        "/usr/lib/sysctl.d/50-default.conf": "a.a=1",
        PATH: "a.a=2",
        LATER: "a.a=3",
        "/etc/sysctl.conf": "a.a=4",
    }
    boot = boot_order({own: "a.a=0", **files}, own)
    values = tuple(" ".join(line.value for line in part) for part in (boot.before, boot.own, boot.after))
    assert values == expected


@pytest.mark.parametrize("name", ["gunicorn-sysctl", "zebra"])
@pytest.mark.parametrize(("hosts", "others"), [("4096", "16384"), ("16384", "4096"), ("4096", "4096")])
def test_two_files_of_ours_settle_on_the_larger(name: str, hosts: str, others: str) -> None:
    other = Owner(f"/etc/sysctl.d/90-{name}.conf", "of settings")
    files: dict[str, str] = {}
    live = "128"
    changes, findings = [], []
    for owner, declared in 3 * [(HOST, hosts), (other, others)]:
        before = FileState(files[owner.path], 0o644, "root", "root") if owner.path in files else None
        setting = Setting(KEY, "at_least", declared)
        made = plan_sysctl(owner, [setting], {KEY: LiveValue(live)}, boot_order(files, owner.path), before)
        if made.file and made.file.after:
            files[owner.path] = made.file.after.content
        live = made.report[KEY]["live"]
        changes.append(made.changes)
        findings.append(made.findings)
    assert live == max(hosts, others, key=int)
    assert changes[-2:] == [[], []]
    assert findings[-2:] == [(), ()]


def test_two_files_of_ours_that_contradict() -> None:
    other = Owner("/etc/sysctl.d/90-gunicorn-sysctl.conf", "of settings")
    setting = Setting(KEY, "exactly", "1")
    made = plan_sysctl(other, [setting], {KEY: LiveValue("1")}, boot_order({PATH: f"{KEY} = 2"}, other.path), None)
    (finding,) = made.findings
    assert finding.subject == KEY
    assert f"{PATH} is read after {other.path}" in finding.seen
    assert f"declare {KEY} in gunicorn_host_sysctl_extra" in finding.fix


@pytest.mark.parametrize(
    ("owner", "said"),
    [
        (HOST, "leave it out with gunicorn_host_sysctl_extra: {net.core.somaxconn: null}."),
        (Owner("/etc/sysctl.d/90-x.conf", "of settings"), "leave it out of settings."),
    ],
)
def test_what_cannot_be_had(owner: Owner, said: str) -> None:
    made = plan_sysctl(
        owner, [Setting(KEY, "exactly", "1")], {KEY: LiveValue("2", "Shared.")}, boot_order({}, PATH), None
    )
    assert made.unavailable[0].subject == KEY
    assert made.unavailable[0].fix.endswith(said)
    with pytest.raises(HostError) as caught:
        refuse_unavailable(made, "the_option")
    assert said in caught.value.evidence
    assert "the_option: warn" in caught.value.restored


def test_what_can_be_had_is_not_refused() -> None:
    refuse_unavailable(plan(Setting(KEY, "exactly", "1"), LiveValue("2")), "the_option")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("net.a.x = 1\nnet.a.* = 2\n", "1", id="named wins over a later pattern"),
        pytest.param("net.a.* = 1\nnet.*.x = 2\n", "2", id="last pattern"),
        pytest.param("net.a.x = 1\nnet.a.x = 2\n", "2", id="last line"),
        pytest.param("; net.a.x = 1\nbroken\n", None, id="nothing"),
    ],
)
def test_at_boot(text: str, expected: Optional[str]) -> None:
    line = at_boot("net.a.x", parse_file("/f", text))
    assert (line.value if line else None) == expected
