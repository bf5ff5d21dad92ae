# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A lock is made while code of packages runs: what may be in it, and what the options of an app refuse."""

from __future__ import annotations

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.build.lock_entries import (
    LONGEST,
    lock_entries,
    refuse_builds,
    refuse_unpinned,
)

A, B = (f"sha256:{letter * 64}" for letter in "ab")
COMMIT = "67da72742dcecaf4010fc7d4816cdf26c490ec7d"
WHEEL = "/srv/gunicorn/shop/src/s1/shop-1.0-py3-none-any.whl"


@pytest.mark.parametrize(
    ("line", "name", "origin", "hashes"),
    [
        pytest.param("six==1.17.0", "six", "", (), id="no hash"),
        pytest.param(f"six==1.17.0 --hash={A} --hash={B}", "six", "", (A, B), id="hashes"),
        pytest.param(f"six==1.17.0 \\\n    --hash={A}", "six", "", (A,), id="continued"),
        pytest.param("Zope.Interface[a,b]==1!2.0.post1+cpu", "zope-interface", "", (), id="extras, epoch, local part"),
        pytest.param(
            f"a==1 ; python_version >= '3.9' and sys_platform != \"win32\" --hash={A}", "a", "", (A,), id="marker"
        ),
        pytest.param(f"a @ https://h/a.whl#sub --hash={A}", "a", "https://h/a.whl#sub", (A,), id="URL"),
        pytest.param("a @ https://${TOKEN}@h/a.whl", "a", "https://${TOKEN}@h/a.whl", (), id="credentials by name"),
        pytest.param(f"a @ git+https://h/a@{COMMIT}", "a", f"git+https://h/a@{COMMIT}", (), id="repository"),
        pytest.param(f"a @ git+file:///srv/a@{COMMIT}", "a", f"git+file:///srv/a@{COMMIT}", (), id="on the host"),
        pytest.param(f"{WHEEL} --hash={A}", "shop", WHEEL, (A,), id="path of a wheel"),
        pytest.param("/opt/lib", "lib", "/opt/lib", (), id="path of a directory"),
    ],
)
def test_accepted(line: str, name: str, origin: str, hashes: tuple[str, ...]) -> None:
    (entry,) = lock_entries(f"{line}\n")
    assert (entry.name, entry.origin, entry.hashes) == (name, origin, hashes)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("--index-url http://evil/simple", id="index"),
        pytest.param("-r /etc/passwd", id="another file"),
        pytest.param("six==1 --index-url=http://evil/simple", id="option behind a pin"),
        pytest.param(f"six==1 --hash={A} --no-binary six", id="option behind a hash"),
        pytest.param("six==1 ; x --index-url http://evil", id="option in a marker"),
        pytest.param("six==1 ; python_version > '3' -e .", id="short option in a marker"),
        pytest.param("six>=1", id="range"),
        pytest.param("six", id="no version"),
        pytest.param("six @ ftp://h/six.whl", id="ftp"),
        pytest.param("six @ git+git://h/six", id="git without encryption"),
        pytest.param("six @ data:x", id="data"),
        pytest.param("six==1 --hash=sha256:zz", id="hash that is none"),
        pytest.param("six==1\x1b]0;x\x07", id="terminal sequence"),
        pytest.param("/opt/${HOME}", id="variable in a path"),
        pytest.param("x y", id="words"),
    ],
)
def test_refused(line: str) -> None:
    with pytest.raises(HostError) as caught:
        lock_entries(f"a==1\n{line}\n")
    assert "not a pinned package" in caught.value.cause
    assert "\x1b" not in caught.value.evidence


@pytest.mark.parametrize("line", ["./lib", "-e ./lib", "--editable .", "../lib"])
def test_relative_directories_are_refused_by_name(line: str) -> None:
    with pytest.raises(HostError) as caught:
        lock_entries(f"{line}\n")
    assert "a directory relative to the project" in caught.value.cause and line in caught.value.evidence


def test_an_endless_lock_is_refused() -> None:
    with pytest.raises(HostError, match="larger than 4 MiB"):
        lock_entries("a" * (LONGEST + 1))


@pytest.mark.parametrize(
    ("line", "built"),
    [
        ("a==1", False),
        ("a @ https://h/a-1.whl", False),
        ("a @ https://h/a-1.whl?x=1#egg=a", False),
        ("a @ file:///opt/a-1.whl", False),
        (WHEEL, False),
        ("a @ https://h/a-1.tar.gz", True),
        ("a @ https://h/a.tar.gz?x=.whl", True),
        (f"a @ git+https://h/a.whl@{COMMIT}", True),
        ("a @ git+file:///srv/a.whl", True),
        ("a @ file:///opt/a", True),
        ("/opt/a", True),
    ],
)
def test_wheels_only(line: str, built: bool) -> None:
    entries = lock_entries(f"six==1\n{line}\n")
    if not built:
        refuse_builds(entries, "gunicorn_apps.shop.wheels_only")
        return
    with pytest.raises(HostError, match=r"^gunicorn_apps\.shop\.wheels_only: a would be built from source\.$"):
        refuse_builds(entries, "gunicorn_apps.shop.wheels_only")


@pytest.mark.parametrize(
    ("lock", "allowed", "own", "missing"),
    [
        pytest.param(f"a==1 --hash={A}\n", {"a"}, "", "", id="all"),
        pytest.param(f"a==1 --hash={A}\ngunicorn==23 --hash={B}\n", {"a"}, "", "gunicorn", id="gunicorn too"),
        pytest.param(f"A.b==1 --hash={A}\n", {"a-b"}, "", "", id="spelling"),
        pytest.param(f"a @ git+https://h/a@{COMMIT}\n", {"a"}, "", "a", id="repository"),
        pytest.param(f"b==1 --hash=md5:{'0' * 32}\na==1\n", {"a", "b"}, "", "a, b", id="weak and none"),
        pytest.param(f"{WHEEL} --hash={A}\n", set(), WHEEL, "", id="own wheel"),
        pytest.param(f"shop @ file://{WHEEL} --hash={A}\n", set(), WHEEL, "", id="own wheel by URL"),
        pytest.param(f"{WHEEL} --hash={A}\n", set(), "", "shop", id="own wheel that nobody verified"),
    ],
)
def test_require_hashes(lock: str, allowed: set[str], own: str, missing: str) -> None:
    if not missing:
        refuse_unpinned(lock_entries(lock), allowed, own, "gunicorn_apps.shop.require_hashes")
        return
    with pytest.raises(HostError) as caught:
        refuse_unpinned(lock_entries(lock), allowed, own, "gunicorn_apps.shop.require_hashes")
    assert caught.value.cause == (f"gunicorn_apps.shop.require_hashes: the app's own files have no hash for {missing}.")
