# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets are kept out of everything that is shown, in whatever form they are printed."""

from __future__ import annotations

import base64
import html
import json
import re
import shlex
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.scrub import (
    MASK,
    forms,
    has_credentials,
    mask_urls,
    scrub,
    scrub_all,
    url_credentials,
)
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.environment_file import render_environment
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.systemd.unit_file import quote_argument

SECRETS = ("s3cret-of-the-app", "p4ss\"w`o$rd' \\ 100% /+&<é", "tab\there\nand there", "kurz42")


@pytest.mark.parametrize(
    ("text", "secrets", "expected"),
    [
        pytest.param("all fine", [], "all fine", id="no secret"),
        pytest.param("token abcd1 and abcd1", ["abcd1"], f"token {MASK} and {MASK}", id="every place"),
        pytest.param("1 of 12", ["1", "12", ""], "1 of 12", id="short values stand in ordinary words"),
        pytest.param("abcdefgh", ["abcd", "abcdefgh"], MASK, id="longer one first"),
        pytest.param("x abcd y", ["abcdefgh", "abcd"], f"x {MASK} y", id="the shorter one alone"),
        pytest.param("a+b*(c) here", ["a+b*(c)"], f"{MASK} here", id="no pattern"),
        pytest.param(
            "got -----KEY-----\n", ["-----KEY-----\nMIIEvQIBADAN\n"], f"got {MASK}\n", id="line of a long secret"
        ),
        pytest.param("the end", ["-----KEY-----\nend\n"], "the end", id="short line of a long secret"),
        pytest.param("x aaaaaaaa\nbbbbbbbb y", ["aaaaaaaa\nbbbbbbbb"], f"x {MASK} y", id="several lines at once"),
        pytest.param(
            "cannot connect as hunter2",
            ["postgres://joe:hunter2@db/x"],
            f"cannot connect as {MASK}",
            id="part of a URL",
        ),
        pytest.param("joe is unknown", ["postgres://joe:hunter2@db/x"], "joe is unknown", id="user of a URL"),
        pytest.param("got p@ss!", ["redis://:p%40ss!@db"], f"got {MASK}", id="part of a URL, decoded"),
    ],
)
def test_scrub(text: str, secrets: list[str], expected: str) -> None:
    assert scrub(text, secrets) == expected


WRITERS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "repr": repr,
    "repr of a list": lambda secret: repr([secret]),
    "repr of bytes": lambda secret: repr(secret.encode()),
    "ascii": ascii,
    "JSON": json.dumps,
    "JSON in UTF-8": lambda secret: json.dumps(secret, ensure_ascii=False),
    "JSON of PHP": lambda secret: json.dumps(secret).replace("/", "\\/"),
    "HTML": html.escape,
    "HTML of markupsafe": lambda secret: html.escape(secret).replace("&quot;", "&#34;").replace("&#x27;", "&#39;"),
    "part of a path": quote,
    "value of a query": quote_plus,
    "quoted completely": lambda secret: quote(secret, safe=""),
    "quoted in lower case": lambda secret: re.sub("%..", lambda found: found.group().lower(), quote(secret)),
    "shell": shlex.quote,
    "argument in a unit": quote_argument,
    "environment file": lambda secret: render_environment({"A": secret}),
    "hexadecimal": lambda secret: secret.encode().hex(),
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "base64 for URLs": lambda secret: base64.urlsafe_b64encode(secret.encode()).decode(),
    "base64 without padding": lambda secret: base64.b64encode(secret.encode()).decode().rstrip("="),
}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
@pytest.mark.parametrize("secret", SECRETS, ids=["words", "signs", "lines", "short"])
def test_forms_in_which_programs_print_a_secret(secret: str, write: Callable[[str], str]) -> None:
    printed = write(secret)
    masked = scrub(f"before {printed} after", [secret])
    # What surrounds it (quotes, the name of a variable) may stay.
    assert printed not in masked
    assert MASK in masked
    assert masked.startswith("before ")
    assert masked.endswith(" after")
    assert not [part for part in printed.split() if len(part) > 7 and part in masked]


@pytest.mark.parametrize("user", ["", "a", "ab", "abc", "user:"])
def test_a_part_of_a_base64_text(user: str) -> None:
    """Basic authentication: at most the characters stay that other letters share."""
    encoded = base64.b64encode(f"{user}{SECRETS[0]}@tail".encode()).decode()
    masked = scrub(f"Authorization: Basic {encoded}", [SECRETS[0]])
    assert MASK in masked
    left = masked.replace("Authorization: Basic ", "").split(MASK)
    decoded = b"".join(base64.b64decode(part + "=" * (-len(part) % 4)) for part in left if len(part) % 4 != 1)
    assert SECRETS[0].encode()[1:4] not in decoded


URLS = [
    pytest.param("https://ci:hunter2@pypi.corp/simple", f"https://{MASK}@pypi.corp/simple", id="password"),
    pytest.param("https://ghp_token@github.com/x.git", f"https://{MASK}@github.com/x.git", id="token as user"),
    pytest.param("git+https://u:p@h/x@v1", f"git+https://{MASK}@h/x@v1", id="with a version"),
    pytest.param("https://u:p@ss@h/", f"https://{MASK}@h/", id="at sign in the password"),
    pytest.param("postgres://joe:pw@db:5432/x", f"postgres://{MASK}@db:5432/x", id="database"),
    pytest.param("redis://:pw@db/0", f"redis://{MASK}@db/0", id="no user"),
    pytest.param("ssh://git@github.com/x", "ssh://git@github.com/x", id="a user is no secret"),
    pytest.param("git+ssh://git@github.com/x", "git+ssh://git@github.com/x", id="nor in git+ssh"),
    pytest.param("ssh://git:pw@github.com/x", f"ssh://{MASK}@github.com/x", id="ssh with a password"),
    pytest.param("https://h/x.whl?token=abc&a=1", f"https://h/x.whl?token={MASK}&a=1", id="token in the query"),
    pytest.param(
        "https://h/x?a=1&X-Amz-Signature=abc", f"https://h/x?a=1&X-Amz-Signature={MASK}", id="signature of AWS"
    ),
    pytest.param("https://h/x?sv=1&sig=abc", f"https://h/x?sv=1&sig={MASK}", id="signature of Azure"),
    pytest.param("/login?password=abc HTTP/1.1", f"/login?password={MASK} HTTP/1.1", id="relative"),
    pytest.param("https://h/x?page=2&monkey=1", "https://h/x?page=2&monkey=1", id="ordinary query"),
    pytest.param("mail joe@example.com", "mail joe@example.com", id="mail address"),
    pytest.param("https://h/@scope/x", "https://h/@scope/x", id="at sign in the path"),
    pytest.param("see http://h: a@b", "see http://h: a@b", id="at sign of another word"),
]


@pytest.mark.parametrize(("text", "expected"), URLS)
def test_urls_in_text_of_others(text: str, expected: str) -> None:
    assert mask_urls(text) == scrub(text, []) == scrub_all([text], [])[0] == expected
    assert has_credentials(text) is (text != expected)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("https://pypi.org/simple", set(), id="none"),
        pytest.param("https://joe:s%40fe@h/simple", {"joe:s%40fe", "s%40fe", "s@fe"}, id="password"),
        pytest.param("https://tok@h/simple", {"tok"}, id="token"),
        pytest.param("https://h/?token=a%2Bb", {"a%2Bb", "a+b"}, id="query"),
        pytest.param("ssh://git@h/x", set(), id="user of ssh"),
    ],
)
def test_credentials_of_declared_urls(value: str, expected: set[str]) -> None:
    assert url_credentials(value) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("token s3cret-of …", f"token {MASK} …", id="end of a line"),
        pytest.param("token s3cr…", f"token {MASK}…", id="no blank"),
        pytest.param("token s3c …", "token s3c …", id="too short to be told from a word"),
        pytest.param(
            "s3cret-o … (900 characters) … he-app is wrong", f"{MASK} … (900 characters) … {MASK} is wrong", id="both"
        ),
        pytest.param("a s3cret-of-the-app …", f"a {MASK} …", id="not cut at all"),
        pytest.param("s3cret-of and so on …", "s3cret-of and so on …", id="not at the cut"),
    ],
)
def test_a_secret_that_was_cut(text: str, expected: str) -> None:
    assert scrub(text, SECRETS) == scrub_all({"a": text}, SECRETS)["a"] == expected


def test_scrub_at_any_depth() -> None:
    value: dict[str, Any] = {"a": ["abcd1", {"b": ("x abcd1", 5, None)}], "url": "http://u:p@h"}
    assert scrub_all(value, ["abcd1"]) == {"a": [MASK, {"b": [f"x {MASK}", 5, None]}], "url": f"http://{MASK}@h"}


def test_a_large_text_takes_no_time() -> None:
    secrets = [f"secret-{number}-{'x$%' * 10}" for number in range(20)]
    text = "GET /static/app.js?v=1 https://cdn.example.com/x 200 0.01\n" * 9000
    assert len(forms(secrets)) < 600
    started = time.process_time()
    scrub_all({"apps": [text, *["short"] * 1000]}, secrets)
    scrub("… " * 250_000, secrets)
    scrub("…" + "secret-1" * 60_000 + "…", secrets)
    scrub("&" * 500_000 + "?a=" * 100_000 + "http://" * 50_000 + "a.b-" * 100_000, secrets)
    assert time.process_time() - started < 10
