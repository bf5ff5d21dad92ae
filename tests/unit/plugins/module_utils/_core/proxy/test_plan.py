# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.files import FileState
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.proxy.plan import (
    DefaultSite,
    DesiredNginx,
    NginxState,
    conffile_edited,
    first_error,
    not_included,
    plan,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.unit_file import MANAGED

SHARED, SITE, OLD = "/d/00-gunicorn.conf", "/d/gunicorn-shop.conf", "/d/gunicorn-old.conf"
LOG = "/l/gunicorn-shop.access.log"
TEXT = f"{MANAGED}\nx\n"
FILE = FileState(TEXT, 0o644, "root", "root")
WANTED = DesiredNginx({SHARED: TEXT, SITE: TEXT}, {"shop"}, "/d", "nginx", "nginx.service", "reject", False)
NOTHING = replace(WANTED, files={}, declared={"shop"})
DONE = NginxState(True, {SHARED: FILE, SITE: FILE}, enabled=True, active=True)
LINK = DefaultSite("/s/default", "/a/default", edited=False)


@pytest.mark.parametrize(
    ("current", "wanted", "expected"),
    [
        pytest.param(DONE, WANTED, [], id="as declared"),
        pytest.param(
            NginxState(False, {}, LINK),
            WANTED,
            [
                "install package nginx",
                f"create {SHARED}",
                f"create {SITE}",
                "remove /s/default",
                "enable nginx.service",
                "start nginx.service",
            ],
            id="pristine",
        ),
        pytest.param(replace(DONE, active=False), WANTED, ["start nginx.service"], id="stopped"),
        pytest.param(replace(DONE, enabled=False), WANTED, ["enable nginx.service"], id="not enabled"),
        pytest.param(
            replace(DONE, newer=SITE),
            WANTED,
            [f"reload nginx.service: it has not loaded the last change to {SITE}"],
            id="stale",
        ),
        pytest.param(
            replace(DONE, files={SHARED: FILE, SITE: replace(FILE, content=TEXT + "y")}),
            WANTED,
            [f"update {SITE}", "reload nginx.service"],
            id="file drifted",
        ),
        pytest.param(
            replace(DONE, default_site=LINK),
            WANTED,
            ["remove /s/default", "reload nginx.service"],
            id="default site is back",
        ),
        pytest.param(
            replace(DONE, default_site=LINK), replace(WANTED, default_site="keep"), [], id="default site kept"
        ),
        pytest.param(
            replace(DONE, files={**DONE.files, OLD: FILE}),
            replace(WANTED, declared={"shop", "old"}),
            [f"remove {OLD}", "reload nginx.service"],
            id="app absent",
        ),
        pytest.param(replace(DONE, files={**DONE.files, OLD: FILE}), WANTED, [], id="undeclared stays"),
        pytest.param(
            replace(DONE, files={**DONE.files, OLD: FILE}),
            replace(WANTED, prune=True),
            [f"remove {OLD}", "reload nginx.service"],
            id="undeclared pruned",
        ),
        pytest.param(
            replace(DONE, files={**DONE.files, OLD: replace(FILE, content="server {}")}),
            replace(WANTED, prune=True),
            [],
            id="not ours, never pruned",
        ),
        pytest.param(DONE, NOTHING, [f"remove {SITE}", f"remove {SHARED}", "reload nginx.service"], id="last app gone"),
        pytest.param(NginxState(False, {}, LINK), NOTHING, [], id="no app, no nginx"),
        pytest.param(
            DONE,
            replace(WANTED, logs=[LOG]),
            [f"create {LOG}", "reload nginx.service"],
            id="nginx opens a log that it did not have",
        ),
        pytest.param(
            replace(DONE, logs={LOG: 0o644}),
            replace(WANTED, logs=[LOG]),
            [f"set mode of {LOG} to 0640 (was 0644)"],
            id="log open to all: no reload",
        ),
        pytest.param(
            replace(DONE, logs={LOG: 0o644}),
            NOTHING,
            [f"remove {SITE}", f"remove {SHARED}", f"set mode of {LOG} to 0640 (was 0644)", "reload nginx.service"],
            id="log of the last app",
        ),
        pytest.param(replace(DONE, files={}, active=False), NOTHING, [], id="no app, nginx is somebody else's"),
        pytest.param(
            replace(DONE, files={SHARED: FILE, OLD: FILE}),
            replace(NOTHING, declared=set()),
            [],
            id="shared file stays with its users",
        ),
    ],
)
def test_plan(current, wanted, expected):
    assert [*map(str, plan(current, wanted).changes())] == expected


def test_a_package_that_starts_its_service_is_reported_as_predicted():
    predicted = [*map(str, plan(NginxState(False, {}, LINK), WANTED).changes())]
    after = plan(NginxState(True, {}, LINK, enabled=True, active=True), WANTED)
    assert ["install package nginx", *map(str, after.changes(after_install=True))] == predicted
    assert after.reload and not after.start


def test_undeclared_sites_are_named():
    (finding,) = plan(replace(DONE, files={**DONE.files, OLD: FILE}), WANTED).findings
    assert finding.subject == OLD
    assert "'old'" in finding.seen and "gunicorn_proxy_prune" in finding.fix


@pytest.mark.parametrize(
    ("current", "message"),
    [
        pytest.param(
            replace(DONE, files={SITE: replace(FILE, content="server {}")}),
            f"{SITE} exists and was not",
            id="foreign file",
        ),
        pytest.param(
            replace(DONE, default_site=replace(LINK, edited=True)), "may be your own site", id="edited default site"
        ),
    ],
)
def test_plan_refuses(current, message):
    with pytest.raises(HostError, match=message):
        plan(current, WANTED)


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        (
            'nginx: [warn] x\nnginx: [emerg] unknown directive "y" in /d/z.conf:3\nnginx: test failed',
            'unknown directive "y" in /d/z.conf:3',
        ),
        ("2026/01/01 00:00:00 [emerg] 12#12: bind() to 0.0.0.0:80 failed", "bind() to 0.0.0.0:80 failed"),
        ("something else", "something else"),
        ("", "nginx gave no reason."),
    ],
)
def test_first_error(said, cause):
    assert first_error(said) == cause


def test_conffile_edited():
    status = "Package: nginx-common\nConffiles:\n /etc/nginx/a 0123\n /etc/nginx/b 4567\n"
    assert not conffile_edited("/etc/nginx/a", "0123", status)
    assert conffile_edited("/etc/nginx/a", "9999", status)
    assert conffile_edited("/etc/nginx/c", "0123", status)


def test_not_included():
    assert not_included([SITE, SHARED], f"# configuration file {SITE}:\nserver {{}}\n") == [SHARED]
