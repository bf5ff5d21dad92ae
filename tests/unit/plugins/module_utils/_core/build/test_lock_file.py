# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lock files: nothing is installed that the user's own hashes do not allow."""

from __future__ import annotations

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.build.lock_file import (
    honour,
    logical_lines,
    nested_files,
    pinned_hashes,
    pinned_version,
    without_hashes,
)
from hypothesis import given, settings
from hypothesis import strategies as st

A, B, C = (f"sha256:{letter * 64}" for letter in "abc")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", [], id="empty"),
        pytest.param("a==1\n\n  b==2  \n", ["a==1", "b==2"], id="blank lines and spaces"),
        pytest.param("# note\na==1 # why\n", ["a==1"], id="comments"),
        pytest.param("a @ https://h/x#egg=a\n", ["a @ https://h/x#egg=a"], id="a fragment is no comment"),
        pytest.param(
            "a==1 \\\n    --hash=x \\\n    --hash=y\nb==2\n", ["a==1 --hash=x --hash=y", "b==2"], id="continuations"
        ),
        pytest.param("a==1 \\\r\n --hash=x\r\nb==2\r\n", ["a==1 --hash=x", "b==2"], id="line ends of Windows"),
        pytest.param(
            "a==1 \\\n    --hash=x \\\n    # via b\nc==2\n", ["a==1 --hash=x", "c==2"], id="comment ends a continuation"
        ),
        pytest.param("# a==1 \\\nb==2\n", ["b==2"], id="a comment has no continuation"),
        pytest.param("    # a==1 \\\n    b==2\n", ["b==2"], id="an indented comment has no continuation"),
    ],
)
def test_logical_lines(text: str, expected: list[str]) -> None:
    assert logical_lines(text) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("-r base.txt", ["base.txt"]),
        ("--requirement base.txt", ["base.txt"]),
        ("--requirement=base.txt", ["base.txt"]),
        ("-c limits.txt", ["limits.txt"]),
        ("--constraint ../limits.txt # note", ["../limits.txt"]),
        pytest.param("-rbase.txt", ["base.txt"], id="-r without a space"),
        ("--requirements-not x", []),
        ("requests", []),
        ("# -r base.txt", []),
        ("-e .", []),
    ],
)
def test_nested_files(line: str, expected: list[str]) -> None:
    assert nested_files(f"{line}\n") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a==1\n", {}, id="no hash"),
        pytest.param(f"a==1 --hash={A}\n", {"a": {A}}, id="one"),
        pytest.param(f"a==1 --hash {A}\n", {"a": {A}}, id="with a space"),
        pytest.param(f"a==1 \\\n --hash={A} \\\n --hash={B}\n", {"a": {A, B}}, id="several"),
        pytest.param(
            f"Zope.Interface[x]==1 ; python_version < '4' --hash={A}\n",
            {"zope-interface": {A}},
            id="name, extra, marker",
        ),
        pytest.param(f"a == 1 --hash={A}\n", {"a": {A}}, id="spaces around the operator"),
        pytest.param(f"a==1 --hash={A}\nA==2 --hash={B}\n", {"a": {A, B}}, id="twice"),
        pytest.param(f"a==1 --hash=sha256:{'A' * 64}\n", {"a": {A}}, id="upper case, which pip takes as well"),
    ],
)
def test_pinned_hashes(text: str, expected: dict[str, set[str]]) -> None:
    assert pinned_hashes(text) == expected


def test_without_hashes() -> None:
    assert without_hashes(f"a==1 \\\n --hash={A} --hash {B}\nb==2 ; x\n") == "a==1\nb==2 ; x\n"


@pytest.mark.parametrize(
    ("lock", "declared", "expected"),
    [
        pytest.param(f"a==1 --hash={A} --hash={B}\n", [], f"a==1 --hash={A} --hash={B}\n", id="nothing declared"),
        pytest.param(f"a==1 --hash={A} --hash={B}\n", [f"a==1 --hash={B}"], f"a==1 --hash={B}\n", id="narrowed"),
        pytest.param(f"a==1 --hash={A}\n", [f"a==1 --hash={A} --hash={C}"], f"a==1 --hash={A}\n", id="never widened"),
        pytest.param(
            f"a==1 --hash={A}\ngunicorn==23 --hash={C}\n",
            [f"a==1 --hash={A}"],
            f"a==1 --hash={A}\ngunicorn==23 --hash={C}\n",
            id="packages that nobody restricts stay",
        ),
        pytest.param(
            f"a==1 --hash={A} --hash={B}\n",
            [f"a==1 --hash={A}", f"a==1 --hash={B}"],
            f"a==1 --hash={A} --hash={B}\n",
            id="two files",
        ),
        pytest.param(
            f"a-b==1 ; x --hash={A} --hash={B}\n", [f"A_b==1 --hash={A}"], f"a-b==1 ; x --hash={A}\n", id="spelling"
        ),
        pytest.param("--index-url x\na==1\n", [], "--index-url x\na==1\n", id="options stay"),
    ],
)
def test_honour(lock: str, declared: list[str], expected: str) -> None:
    assert honour(lock, declared) == expected


@pytest.mark.parametrize(
    ("lock", "declared"),
    [
        pytest.param(f"a==1 --hash={B}\n", f"a==1 --hash={A}", id="another file"),
        pytest.param("a==1\n", f"a==1 --hash={A}", id="no hash at all"),
        pytest.param(f"a==1 --hash={B}\n", f"a==1 --hash=sha512:{'a' * 128}", id="another kind"),
        pytest.param(f"a==1 --hash={B}\n", f"a==1 --hash=sha256:{'A' * 64}", id="another file, upper case"),
        pytest.param(
            f"a @ https://h/a.whl --hash={B}\n", f"a @ https://h/a.whl --hash={A}", id="another file at the same URL"
        ),
    ],
)
def test_refused(lock: str, declared: str) -> None:
    with pytest.raises(HostError) as caught:
        honour(lock, [declared])
    assert "a with a hash" in caught.value.cause
    assert "allowed: " in caught.value.evidence


NAMES = st.sampled_from(["a", "b", "gunicorn", "A_b", "a.b"])
HASHES = st.lists(st.sampled_from([A, B, C, f"sha512:{'d' * 128}"]), unique=True, max_size=4)
FILES = st.lists(st.tuples(NAMES, HASHES), max_size=4).map(
    lambda pins: "".join(f"{name}==1" + "".join(f" --hash={item}" for item in hashes) + "\n" for name, hashes in pins)
)


@given(FILES, st.lists(FILES, max_size=2))
@settings(derandomize=True, max_examples=150, deadline=None)
def test_never_a_hash_that_was_not_there(lock: str, declared: list[str]) -> None:
    try:
        honoured = honour(lock, declared)
    except HostError:
        return
    assert without_hashes(honoured) == without_hashes(lock)
    for before, after in zip(logical_lines(lock), logical_lines(honoured)):
        name = before.split("==")[0].lower().replace("_", "-").replace(".", "-")
        kept = set(after.split()[1:])
        assert kept <= set(before.split()[1:])
        allowed = set().union(*(pinned_hashes(text).get(name, set()) for text in declared))
        assert not allowed or kept
        assert not allowed or kept <= {f"--hash={item}" for item in allowed}


@pytest.mark.parametrize(
    ("package", "expected"),
    [("Flask", "3.0"), ("zope-interface", "7.1.post1"), ("gunicorn", "23.0.0"), ("x", ""), ("wheel", "")],
)
def test_pinned_version(package: str, expected: str) -> None:
    lock = (
        "flask==3.0 \\\n --hash=sha256:aa\nzope.interface==7.1.post1;python_version<'4'\n"
        "gunicorn[gevent]==23.0.0\nwheel @ https://h/1.whl\n"
    )
    assert pinned_version(lock, package) == expected
