# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bank of attacks, how they are judged, and what they are made of. They are tried by `make test-security`."""

from __future__ import annotations

import importlib
import io
import json
import re
import subprocess
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tests/security"))


@pytest.fixture
def attack() -> Any:
    return importlib.import_module("attack")


@pytest.fixture
def hostile() -> Any:
    return importlib.import_module("hostile")


# ---- the bank ----------------------------------------------------------------------------------------------------


def test_the_page() -> None:
    page = importlib.import_module("page")
    assert page.PAGE.read_text(encoding="utf-8") == page.page(), "run: python3 tests/security/page.py"


def test_the_bank(attack: Any) -> None:
    bank = importlib.import_module("bank").ATTACKS
    names = [one.name for one in bank]
    assert len(names) == len(set(names)) >= 30
    assert {one.who for one in bank} == set(attack.WHO)
    assert {one.goal for one in bank} == set(attack.GOALS)
    for one in bank:
        assert len(one.app) <= 22, one.name
        assert one.refused or one.tried, f"{one.name}: nothing would show that it was tried"
        assert bool(one.needs) == bool(one.declared), one.name


def test_the_record() -> None:
    """It has no attacks that are gone; the page says which were not recorded."""
    page = importlib.import_module("page")
    record = json.loads(page.RECORD.read_text(encoding="utf-8"))
    assert set(record["verdicts"]) <= {one.name for one in page.ATTACKS}


def test_who_is_trusted() -> None:
    """Each row of the table in docs/security.md names the attacks of exactly one kind of attacker."""
    bank = importlib.import_module("bank").ATTACKS
    page = (ROOT / "docs/security.md").read_text(encoding="utf-8")
    rows = [row.strip("| ").split(" | ") for row in page.splitlines() if row.count(" | ") == 4]
    named = {cells[0].partition(":")[0]: re.findall(r"`([a-z0-9-]+)`", cells[-1]) for cells in rows[1:]}
    assert {who: sorted(names) for who, names in named.items()} == {
        who: sorted(one.name for one in bank if one.who == who) for who in dict.fromkeys(one.who for one in bank)
    }


# ---- verdicts ----------------------------------------------------------------------------------------------------


def made(attack: Any, **more: Any) -> Any:
    known = {"refused": "lead.* out", "tried": "TRIED"}
    return attack.Attack("x", "build", "root", "what", "by", [], **{**known, **more})


@pytest.mark.parametrize(
    ("more", "seen", "stopped", "text"),
    [
        pytest.param({}, {"evidence": "evil-x: links lead out"}, True, "refused", id="refused"),
        pytest.param({}, {"evidence": "links lead out"}, False, "UNCLEAR", id="of which app"),
        pytest.param({"subject": "uv"}, {"evidence": "uv: links lead out"}, True, "refused", id="of something else"),
        pytest.param({}, {"evidence": "TRIED a: PermissionError"}, True, "harmless", id="harmless"),
        pytest.param({}, {"evidence": "evil-x: no such file"}, False, "UNPROVEN", id="failed for another reason"),
        pytest.param({}, {}, False, "UNPROVEN", id="nothing happened"),
        pytest.param({"tried": ""}, {"evidence": "evil-x: broken"}, False, "UNPROVEN", id="only a refusal counts"),
        pytest.param({}, {"evidence": "TRIED\nGOT a: 'b'"}, False, "SUCCEEDED: got a: 'b'", id="loot"),
        pytest.param({"loot": "root:x"}, {"evidence": "TRIED root:x:0"}, False, "SUCCEEDED: got root:x", id="its loot"),
        pytest.param({}, {"evidence": "TRIED", "damage": ["a", "a", "b"]}, False, "SUCCEEDED: a; b", id="damage"),
        pytest.param({}, {"evidence": "TRIED", "output": "a\x1b[2J"}, False, "U+001B", id="terminal"),
        pytest.param({}, {"evidence": "TRIED", "output": "a\r"}, False, "U+000D", id="carriage return"),
        pytest.param({}, {"evidence": "TRIED", "output": "a\u202eb"}, False, "U+202E", id="bidirectional"),
        pytest.param({}, {"evidence": "TRIED", "output": "ä\n\t→"}, True, "harmless", id="text"),
    ],
)
def test_verdict(attack: Any, more: dict[str, Any], seen: dict[str, Any], stopped: bool, text: str) -> None:
    verdict = attack.judge(made(attack, **more), attack.Seen(**seen))
    assert verdict.stopped is stopped
    assert text in verdict.text


@pytest.mark.parametrize(
    ("seen", "stopped", "text"),
    [
        pytest.param({"damage": ["limit: 3000 tasks"]}, False, "SUCCEEDED: limit: 3000 tasks", id="enforced"),
        pytest.param(
            {"enforced": False, "declared": "TasksMax=9", "damage": ["limit: 3000 tasks"]},
            True,
            "declared: TasksMax=9",
            id="declared",
        ),
        pytest.param(
            {"enforced": False, "declared": "TasksMax=9", "damage": ["other"]},
            False,
            "SUCCEEDED: other",
            id="other damage",
        ),
        pytest.param({"enforced": False}, False, "no directive", id="neither"),
    ],
)
def test_limits(attack: Any, seen: dict[str, Any], stopped: bool, text: str) -> None:
    one = made(attack, needs="pids", declared="systemctl show")
    verdict = attack.judge(one, attack.Seen(evidence="TRIED", **seen))
    assert verdict.stopped is stopped
    assert text in verdict.text


def test_brief(attack: Any) -> None:
    assert attack.brief("a\n b\x1b[2J") == "a b?[2J"
    assert attack.brief("abcdef", 4) == "abc…"


def test_placed(attack: Any) -> None:
    words = {"@APP@": "evil-x"}
    value = {"/srv/@APP@": ["@APP@", 1, (b"@APP@",)]}
    assert attack.placed(value, words) == {"/srv/evil-x": ["evil-x", 1, (b"@APP@",)]}


def test_lines(attack: Any) -> None:
    verdicts = importlib.import_module("verdicts")
    bad = attack.Verdict(False, "SUCCEEDED: x")
    assert verdicts.line(made(attack), attack.Verdict(True, "refused")).endswith("refused; by: by")
    assert verdicts.line(made(attack), bad).endswith("SUCCEEDED: x")
    assert verdicts.total({"a": bad, "b": attack.Verdict(True, "refused")}) == (1, 1)


# ---- what attackers bring ----------------------------------------------------------------------------------------


def test_repository(hostile: Any, tmp_path: Path) -> None:
    """Git itself reads the stream, with names and links that no checkout would make."""
    git = ["git", "-C", tmp_path]
    subprocess.run([*git, "init", "--quiet", "--bare"], check=True)
    files = {
        "a.py": "pass\n",
        b'new\nline\xff"\\': b"\0",
        "link": hostile.Link("/etc/passwd"),
        "x": hostile.Commit(),
        "d/" * 1500 + "deep": "",
    }
    subprocess.run([*git, "fast-import", "--quiet", "--done"], input=hostile.fast_import(files), check=True)
    listed = subprocess.run([*git, "ls-tree", "-rz", "refs/heads/main"], check=True, capture_output=True).stdout
    found = dict(reversed(entry.split(b"\t", 1)) for entry in listed.rstrip(b"\0").split(b"\0"))
    assert {name: about[:6] for name, about in found.items()} == {
        b"a.py": b"100644",
        b'new\nline\xff"\\': b"100644",
        b"link": b"120000",
        b"x": b"160000",
        b"d/" * 1500 + b"deep": b"100644",
    }
    shown = subprocess.run([*git, "show", "refs/heads/main:link"], check=True, capture_output=True).stdout
    assert shown == b"/etc/passwd"


def test_tar(hostile: Any) -> None:
    content = hostile.tar(hostile.member("../a", "x"), hostile.member("l", kind=tarfile.SYMTYPE, link="/etc"))
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        assert [(one.name, one.linkname) for one in archive] == [("../a", ""), ("l", "/etc")]


def test_wheel(hostile: Any) -> None:
    with zipfile.ZipFile(io.BytesIO(hostile.wheel("evil-x", {"../y": "text"}))) as archive:
        assert archive.namelist()[0] == "../y"
        assert (
            "../y,sha256=mC2ePrmW9VnmM_TRlN7zdh2Qn1o7ZH0ahR_q1nwyydE,4"
            in archive.read("evil_x-1.0.dist-info/RECORD").decode()
        )


def test_sdist(hostile: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The back end makes a wheel, after it has run the attacker's code."""
    with tarfile.open(fileobj=io.BytesIO(hostile.sdist("evil-x", "ran = True", "2.0"))) as archive:
        names = {Path(one.name).name for one in archive}
        code = archive.extractfile("evil_x-2.0/backend.py").read().decode()  # type: ignore[union-attr]
        about = archive.extractfile("evil_x-2.0/PKG-INFO").read()  # type: ignore[union-attr]
    assert names == {"pyproject.toml", "backend.py", "PKG-INFO", "setup.py"}
    monkeypatch.chdir(tmp_path)
    Path("PKG-INFO").write_bytes(about)
    module: dict[str, Any] = {}
    exec(code, module)
    assert module["ran"]
    assert module["build_wheel"](".") == "evil_x-2.0-py3-none-any.whl"
    with zipfile.ZipFile("evil_x-2.0-py3-none-any.whl") as wheel:
        assert "evil_x-2.0.dist-info/METADATA" in wheel.namelist()


def test_damaged_archives() -> None:
    """What must end the unpacking by an exception does so."""
    packages = importlib.import_module("packages")
    with zipfile.ZipFile(io.BytesIO(packages.encrypted())) as archive, pytest.raises(RuntimeError):
        archive.read("wsgi.py")
    with tarfile.open(fileobj=io.BytesIO(packages.nul_path())) as archive:
        assert [one.name for one in archive] == ["wsgi\0.py"]


def test_payload(capsys: pytest.CaptureFixture[str]) -> None:
    payload = importlib.import_module("payload")
    exec(payload.python("attempt('a', lambda: 1 / 0)\nattempt('b', lambda: 'loot')\nattempt('c', lambda: [])"), {})
    assert capsys.readouterr().out == "TRIED a: ZeroDivisionError\nGOT b: 'loot'\nTRIED c: nothing\n"
