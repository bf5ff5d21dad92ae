# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The smallest app there is."""


def app(environ, start_response):
    """Say hello."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello\n"]
