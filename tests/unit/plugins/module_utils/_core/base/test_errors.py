# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any exception becomes an error for people; a bug says that it is one, and quotes nothing."""

from __future__ import annotations

import json
import pickle

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import (
    ISSUES,
    HostError,
    InputError,
    as_host_error,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.health.options import parse_url


def test_errors_for_people_stay_as_they_are() -> None:
    error = HostError("no disk.", "df", "Nothing was changed.", "build")
    assert as_host_error(error) is error
    assert as_host_error(InputError("app", "is wrong.", "Mend it.")).failure.cause == "app: is wrong. Mend it."


@pytest.mark.parametrize(
    ("exc", "cause"),
    [
        (PermissionError(13, "Permission denied", "/srv/x"), "Permission denied: /srv/x"),
        (OSError(28, "No space left on device"), "No space left on device"),
        (MemoryError(), "this host has not enough free memory for this run."),
    ],
)
def test_what_the_host_refuses(exc: Exception, cause: str) -> None:
    assert as_host_error(exc).failure == HostError(cause).failure


@pytest.mark.parametrize(
    "exc",
    [
        TypeError("s3cret \x1b[2J"),
        KeyError("s3cret"),
        RecursionError("s3cret"),
        UnicodeDecodeError("utf-8", b"s3cret", 0, 1, "bad"),
        json.JSONDecodeError("s3cret", "s3cret", 0),
        OSError("s3cret"),
    ],
)
def test_a_bug_is_named_and_its_message_is_not(exc: Exception) -> None:
    error = as_host_error(exc)
    assert error.cause == f"internal error: {type(exc).__name__}. This is a bug of wsgiops.gunicorn."
    assert error.evidence == f"Please report these lines at {ISSUES}."


def test_the_place_of_a_bug() -> None:
    with pytest.raises(AttributeError) as caught:
        parse_url("url", 7)  # type: ignore[arg-type]
    error = as_host_error(caught.value)
    assert error.cause.startswith("internal error: ")
    assert " at _core/health/options.py:" in error.cause
    assert "(parse_url)" in error.explain()


def test_an_error_survives_the_way_from_another_process() -> None:
    copy = pickle.loads(pickle.dumps(HostError("a", "b", "c", "d")))
    assert copy.failure == HostError("a", "b", "c", "d").failure
