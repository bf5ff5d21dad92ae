# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Short digests that identify content: the same input gives the same digest on every host and in every run."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

LENGTH = 16


def digest(value: Any) -> str:
    """Return a short digest of any JSON value; the order of keys does not matter."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:LENGTH]


def keyed_digest(key: bytes, value: Any) -> str:
    """Return the digest of a secret. Without the host's key, guesses cannot be checked against it."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hmac.new(key, text.encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()[:LENGTH]
