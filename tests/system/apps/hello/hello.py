# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The smallest app whose answers tell which code, which process and which environment gave them."""

import json
import os

VERSION = "one"


def app(environ, start_response):
    """Say who answers; `GREETING` and `TOKEN` come from the environment."""
    start_response("200 OK", [("Content-Type", "application/json")])
    said = {
        "version": VERSION,
        "pid": os.getpid(),
        "path": environ["PATH_INFO"],
        "greeting": os.environ.get("GREETING", ""),
        "token": os.environ.get("TOKEN", ""),
        "uid": os.getuid(),
    }
    return [json.dumps(said).encode()]
