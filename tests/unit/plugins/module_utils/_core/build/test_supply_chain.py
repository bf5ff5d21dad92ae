# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the network, or an index that is not meant, could decide."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import App
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.build.requirements import Requirements
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.build.supply_chain import (
    refuse_sources,
    unprotected,
    unprotected_indexes,
)

Make = Callable[..., App]
HASH = f"--hash=sha256:{'0' * 64}"
OPTION = "gunicorn_apps.shop.wheels_only"


def file(text: str) -> Requirements:
    return Requirements("file", (), "requirements.txt", {"requirements.txt": text})


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ({"archive": "http://h/x.tgz"}, "source.archive: is fetched without encryption and without a checksum"),
        ({"archive": "http://h/x.tgz", "checksum": f"sha256:{'0' * 64}"}, ""),
        ({"archive": "https://h/x.tgz"}, ""),
        ({"archive": "http://127.0.0.1:8000/x.tgz"}, ""),
        ({"archive": "http://127.0.0.1.evil.example/x.tgz"}, "source.archive"),
        ({"archive": "x.tgz"}, ""),
        ({"git": "http://h/x", "version": "main"}, "source.git: is fetched without encryption"),
        ({"git": "git://h/x", "version": "v1"}, "full commit id"),
        ({"git": "git://h/x", "version": "a" * 40}, ""),
        ({"git": "https://h/x"}, ""),
        ({"git": "file:///srv/x"}, ""),
        ({"git": "git@h:x"}, ""),
    ],
)
def test_sources(make_app: Make, source: dict[str, Any], seen: str) -> None:
    found = [str(one) for one in unprotected(make_app(source=source), None, True)]
    assert len(found) == bool(seen)
    assert not seen or seen in found[0]


@pytest.mark.parametrize(
    ("text", "uv", "seen"),
    [
        pytest.param("six\n", False, "", id="none"),
        pytest.param("--index-url http://h/simple\nsix\n", True, "--index-url is fetched without", id="http index"),
        pytest.param("-i http://h/simple\n", True, "--index-url is fetched without", id="short"),
        pytest.param("--index-url=http://h/simple\n", True, "--index-url is fetched without", id="with ="),
        pytest.param("-f http://h/\n", True, "--find-links is fetched without", id="links"),
        pytest.param("--index-url https://h/simple\n", True, "", id="https"),
        pytest.param("--index-url http://localhost:3141/simple\n", True, "", id="on the host"),
        pytest.param("--trusted-host h\n", True, "switches off the verification", id="trusted host"),
        pytest.param("--extra-index-url https://h/simple\n", False, "pip takes the newest", id="confusion"),
        pytest.param("--extra-index-url https://h/simple\n", True, "", id="uv does not mix indexes"),
        pytest.param("x @ http://h/x.whl\n", True, "without a hash", id="http URL"),
        pytest.param("http://h/x.whl\n", True, "without a hash", id="bare URL"),
        pytest.param("x @ git+http://h/x\n", True, "without a hash", id="repository"),
        pytest.param(f"x @ http://h/x.whl {HASH}\n", True, "", id="http URL with a hash"),
        pytest.param("x @ https://h/x.whl\n", True, "", id="https URL"),
    ],
)
def test_requirements(make_app: Make, text: str, uv: bool, seen: str) -> None:
    found = [str(one) for one in unprotected(make_app(source={"local": "x"}), file(text), uv)]
    assert len(found) == bool(seen)
    assert not seen or ("gunicorn_apps.shop: requirements.txt: " in found[0] and seen in found[0])
    assert unprotected(make_app(source={"local": "x"}, require_hashes=True), file(text), uv) == []


def test_lists(make_app: Make) -> None:
    app = make_app(source={"packages": ["x @ http://h/x.whl"]})
    (found,) = unprotected(app, Requirements("list", ("x @ http://h/x.whl",)), True)
    assert found.subject == "gunicorn_apps.shop.source.packages"


@pytest.mark.parametrize(
    ("environment", "uv", "count"),
    [
        ({"PIP_EXTRA_INDEX_URL": "https://u:secret@h/simple"}, False, 1),
        ({"PIP_EXTRA_INDEX_URL": "http://u:secret@h/simple"}, False, 2),
        ({"PIP_EXTRA_INDEX_URL": "http://u:secret@h/simple"}, True, 0),
        ({"PIP_INDEX_URL": "http://u:secret@h/simple"}, False, 1),
        ({"UV_DEFAULT_INDEX": "http://u:secret@h/simple"}, True, 1),
        ({"UV_INDEX": "https://a/simple mine=http://u:secret@h/simple"}, True, 1),
        ({"UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple"}, True, 0),
        ({"HTTPS_PROXY": "http://proxy"}, True, 0),
    ],
)
def test_environment(make_app: Make, environment: dict[str, str], uv: bool, count: int) -> None:
    found = unprotected_indexes(environment, [make_app()], uv)
    assert len(found) == count and "secret" not in "".join(map(str, found))
    assert unprotected_indexes(environment, [make_app(require_hashes=True)], uv) == []


@pytest.mark.parametrize(
    ("line", "built"),
    [
        ("six", False),
        ("six[x]==1 ; python_version > '3'", False),
        ("six @ https://h/six-1.whl", False),
        ("six@https://h/six-1.whl", False),
        ("https://h/six-1.whl#egg=six", False),
        (f"six==1 {HASH}", False),
        ("--index-url https://h/simple", False),
        ("-r base.txt", False),
        ("--prefer-binary", False),
        ("-e .", True),
        ("-e.", True),
        ("--editable=.", True),
        ("--no-binary six", True),
        ("--no-binary=:all:", True),
        ("./lib", True),
        ("/opt/lib", True),
        ("six @ https://h/six.tar.gz", True),
        ("six @ git+https://h/six", True),
        ("git+https://h/six.whl", True),
        ("six @ file:lib", True),
    ],
)
def test_wheels_only(line: str, built: bool) -> None:
    if not built:
        refuse_sources(file(f"a\n{line}\n"), OPTION, False)
        return
    with pytest.raises(HostError) as caught:
        refuse_sources(file(f"a\n{line}\n"), OPTION, False)
    assert caught.value.cause.startswith(OPTION) and line in caught.value.evidence


def test_pip_builds_a_project_to_read_it() -> None:
    project = Requirements("pyproject", (), "pyproject.toml", {"pyproject.toml": "[project]"})
    refuse_sources(project, OPTION, True)
    with pytest.raises(HostError, match="pip builds the project"):
        refuse_sources(project, OPTION, False)
