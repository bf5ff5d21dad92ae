# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The drift report as JUnit XML, which GitLab and Jenkins show as tests: one suite per host."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree import ElementTree

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.finding import Finding
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._reports.report import HostReport, Report, sentence
from ansible_collections.wsgiops.gunicorn.plugins.plugin_utils._reports.text import visible

NAME = "drift"


def junit(report: Report) -> str:
    root = ElementTree.Element("testsuites", name=NAME)
    for host in report.hosts:
        root.append(_suite(host, report.started))
    for counter in ("tests", "failures", "errors"):
        root.set(counter, str(sum(int(suite.get(counter, "0")) for suite in root)))
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _suite(host: HostReport, started: str) -> ElementTree.Element:
    suite = ElementTree.Element("testsuite", name=visible(host.name), hostname=visible(host.name))
    if started:
        # Readers of the format accept neither fractions nor a time zone.
        suite.set("timestamp", visible(started.rstrip("Z")))
    for finding in host.findings:
        _finding(_case(suite, host, finding), finding)
    for ignored in host.ignored:
        _child(_case(suite, host, ignored.finding), "skipped", {"message": ignored.because()})
    if host.status == "clean":
        ElementTree.SubElement(suite, "testcase", classname=_class(host), name="no drift")
    if host.status == "unchecked":
        case = ElementTree.SubElement(suite, "testcase", classname=_class(host), name="checked")
        _child(case, "error", {"message": host.why, "type": "unchecked"}, host.why)
    if host.expired:
        ElementTree.SubElement(suite, "system-out").text = "\n".join(one.expired() for one in host.expired)
    counters = (("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))
    for counter, tag in counters:
        suite.set(counter, str(len(list(suite.iter(tag)))))
    return suite


def _class(host: HostReport, app: str = "") -> str:
    # Readers treat a dot as the separator between package and class, and would split the host's name.
    return ".".join(visible(part).replace(".", "_") for part in (NAME, host.name, app) if part)


def _case(suite: ElementTree.Element, host: HostReport, finding: Finding) -> ElementTree.Element:
    name = visible(" ".join(filter(None, (finding.kind, finding.subject)))) or "finding"
    return ElementTree.SubElement(suite, "testcase", classname=_class(host, finding.app), name=name)


def _finding(case: ElementTree.Element, finding: Finding) -> None:
    lines = [f"{name}: {visible(value)}" for name, value in finding.states()]
    details = "\n".join([*lines, *([f"fix: {visible(finding.fix)}"] if finding.fix else [])])
    if finding.severity == "note":
        ElementTree.SubElement(case, "system-out").text = "\n".join(filter(None, ("note", details)))
        return
    _child(case, "failure", {"message": sentence(finding), "type": finding.severity})
    case[-1].text = details


def _child(case: ElementTree.Element, tag: str, attributes: Mapping[str, str], text: str = "") -> None:
    child = ElementTree.SubElement(case, tag, {name: visible(value) for name, value in attributes.items()})
    child.text = visible(text)
