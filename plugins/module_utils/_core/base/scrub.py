# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keep secrets out of all output: results, evidence, journal lines.

A secret is also masked in the forms in which programs print it: quoted, escaped, encoded. Credentials in URLs are
masked wherever they appear, whether somebody declared them or not.
"""

from __future__ import annotations

import base64
import json
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, quote_plus, unquote

SHORTEST = 4  # shorter values occur in ordinary words and numbers; masking them would garble the message
SHORTEST_LINE = 8  # of a secret with several lines
SHORTEST_ENCODED = 6  # the encoded form of a shorter value occurs in ordinary text
MASK = "********"
CUT = "…"  # stands for what was left out of a long text
MOST_CUTS = 200
_CUTS = re.compile(f"( ?{CUT} ?)")
_USERINFO = re.compile(r"\b([A-Za-z][A-Za-z0-9+.-]{0,30})://([^\s/?#\"'<>\\]{1,1000})@")
_QUERY = re.compile(r"([?&;])([\w.-]{1,60})=([^&;\s\"'<>#\\]+)")
_SENSITIVE = re.compile(
    r"token|secret|passw(or)?d|passphrase|api_?-?key|access_?-?key|signature|credential|^(key|sig|auth|pwd|pass|jwt)$",
    re.IGNORECASE,
)
_PUBLIC_USER = ("ssh", "git+ssh", "svn+ssh", "sftp")  # there, a user name without a password is not a secret


def scrub(text: str, secrets: Iterable[str]) -> str:
    """Replace every secret, in all its forms, and the credentials of every URL with a mask."""
    return _masked(text, forms(secrets))


def scrub_all(value: Any, secrets: Iterable[str]) -> Any:
    """Apply `scrub` to every text in a result, at any depth."""
    texts = "\0".join(_texts(value))
    # Hardly any result contains a secret: so look for each form once, not once in every text.
    found = [form for form in forms(secrets) if form in texts or (CUT in texts and _may_be_cut(form, texts))]
    return _all_masked(value, found) if found or has_credentials(texts) else value


def forms(secrets: Iterable[str]) -> list[str]:
    """Return all texts to mask for these secrets, the longest first, because one may contain another."""
    found: set[str] = set()
    for secret in set(secrets):
        for part in {secret, *url_credentials(secret)}:
            if len(part) >= SHORTEST:
                found |= {form for form in _forms(part) if len(form) >= SHORTEST}
        if "\n" in secret:
            for line in secret.splitlines():
                if len(line) >= SHORTEST_LINE:
                    found |= set(_forms(line))
    return sorted(found, key=lambda form: (-len(form), form))


def url_credentials(value: str) -> set[str]:
    """Return the credentials of the URLs in a declared value: user and password as written, and the password alone."""
    found = set()
    for scheme, userinfo in _USERINFO.findall(value):
        name, _separator, password = userinfo.partition(":")
        if password or scheme.lower() not in _PUBLIC_USER:
            found |= {userinfo, password or name, unquote(password or name)}
    for _before, name, given in _QUERY.findall(value):
        if _SENSITIVE.search(name):
            found |= {given, unquote(given)}
    return found


def has_credentials(text: str) -> bool:
    """Tell whether a URL, or any in a text, has credentials that must not be shown."""
    return mask_urls(text) != text


def mask_urls(text: str) -> str:
    """Mask user names, passwords and tokens in all URLs of a text."""
    if "://" in text:
        text = _USERINFO.sub(_without_userinfo, text)
    if "=" in text:
        text = _QUERY.sub(_without_token, text)
    return text


def _without_userinfo(found: re.Match[str]) -> str:
    scheme, userinfo = found.groups()
    if ":" not in userinfo and scheme.lower() in _PUBLIC_USER:
        return found.group()
    return f"{scheme}://{MASK}@"


def _without_token(found: re.Match[str]) -> str:
    before, name, _value = found.groups()
    return f"{before}{name}={MASK}" if _SENSITIVE.search(name) else found.group()


def _masked(text: str, hidden: Sequence[str]) -> str:
    for form in hidden:
        text = text.replace(form, MASK)
    return mask_urls(_masked_at_cuts(text, hidden) if CUT in text else text)


def _may_be_cut(form: str, text: str) -> bool:
    return form[:SHORTEST] in text or form[-SHORTEST:] in text


def _masked_at_cuts(text: str, hidden: Sequence[str]) -> str:
    """Mask the part of a secret that is left where a long text was shortened."""
    pieces = _CUTS.split(text)  # with the cuts themselves at odd positions
    if len(pieces) > MOST_CUTS:
        return text
    for form in hidden:
        if not _may_be_cut(form, text):
            continue
        for at in range(1, len(pieces), 2):
            pieces[at - 1] = _without_start(pieces[at - 1], form)
            pieces[at + 1] = _without_start(pieces[at + 1][::-1], form[::-1])[::-1]
    return "".join(pieces)


def _without_start(text: str, form: str) -> str:
    """Mask the beginning of a secret at the end of a text. A mask reads the same in both directions."""
    for length in range(min(len(form) - 1, len(text)), SHORTEST - 1, -1):
        if text.endswith(form[:length]):
            return text[:-length] + MASK
    return text


def _all_masked(value: Any, hidden: list[str]) -> Any:
    if isinstance(value, str):
        return _masked(value, hidden)
    if isinstance(value, Mapping):
        return {key: _all_masked(item, hidden) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_all_masked(item, hidden) for item in value]
    return value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)


# ---- the forms of a secret -----------------------------------------------------------------------------------------


def _forms(secret: str) -> Iterator[str]:
    data = secret.encode("utf-8", "surrogatepass")
    yield secret
    yield from _as_literals(secret, data)
    yield from _as_arguments(secret)
    yield from _in_urls(secret, data)
    if len(data) >= SHORTEST_ENCODED:
        yield from (data.hex(), data.hex().upper())
        yield from _in_base64(data)


def _as_literals(secret: str, data: bytes) -> Iterator[str]:
    """In Python's repr(), in JSON, and in HTML."""
    yield repr(secret)[1:-1]
    yield ascii(secret)[1:-1]
    yield repr(data)[2:-1]
    for plain in (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]):
        yield plain
        yield plain.replace("/", "\\/")
    html = secret.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    yield html
    for apostrophe in ("'", "&#x27;", "&#39;"):
        yield html.replace('"', "&quot;").replace("'", apostrophe)
    yield html.replace('"', "&#34;").replace("'", "&#39;")


def _as_arguments(secret: str) -> Iterator[str]:
    """In a shell, and in a unit or an environment file of systemd."""
    yield shlex.quote(f"{secret} ")[1:-2]
    in_double_quotes = re.sub(r'([\\"$`])', r"\\\1", secret)
    escaped = secret.replace("\\", "\\\\").replace('"', '\\"')
    for form in (secret, in_double_quotes, escaped):
        yield form
        yield form.replace("%", "%%")
        yield form.replace("%", "%%").replace("$", "$$")
        yield form.replace("$", "$$")


def _in_urls(secret: str, data: bytes) -> Iterator[str]:
    for form in (quote(data, safe=""), quote(data), quote_plus(data)):
        yield form
        yield re.sub(r"%[0-9A-F]{2}", lambda found: found.group().lower(), form)


def _in_base64(data: bytes) -> Iterator[str]:
    """As a whole, and as a part of something longer, such as `user:password` of basic authentication.

    In a part, three bytes share four characters with their neighbours in three ways: only the characters that
    nothing but the secret decides are masked.
    """
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + data).decode()
        first = -(-before * 8 // 6)
        last = (before + len(data)) * 8 // 6
        for form in (encoded[first:last], encoded) if before == 0 else (encoded[first:last],):
            yield form
            yield form.rstrip("=")
            yield form.translate(_URLSAFE)


_URLSAFE = str.maketrans("+/", "-_")
