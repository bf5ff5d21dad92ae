# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An app that shows what reaches it, and does what a compromised app would do."""

import json
import os
import time
from urllib.parse import parse_qs


def open_directory(path):
    os.makedirs(path, exist_ok=True)
    os.chmod(path, 0o755)


def app(environ, start_response):
    asked = {name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
    headers = [("Content-Type", "application/json")]
    action = environ["PATH_INFO"].rpartition("/")[2]
    answer = {name: value for name, value in environ.items() if isinstance(value, str) and not name.startswith("wsgi.")}
    answer["scheme"] = environ["wsgi.url_scheme"]
    if action == "wait":
        time.sleep(float(asked["seconds"]))
    elif action == "upload":
        answer["length"] = len(environ["wsgi.input"].read())
    elif action == "link":
        open_directory(asked["where"])
        os.symlink(asked["to"], os.path.join(asked["where"], asked["name"]))
    elif action == "write":
        open_directory(os.path.dirname(asked["path"]))
        with open(asked["path"], "w") as stream:
            stream.write(asked["text"])
        os.chmod(asked["path"], 0o644)
    elif action == "read":
        try:
            with open(asked["path"]) as stream:
                answer = {"read": stream.read()}
        except OSError as exc:
            answer = {"refused": exc.strerror}
    elif action == "answer":
        headers += list(asked.items())
    start_response("200 OK", headers)
    return [json.dumps(answer).encode()]
