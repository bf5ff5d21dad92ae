# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The apps role alone brings the app to its socket and leaves nginx to its owner."""

from __future__ import annotations


def test_app_answers_through_our_nginx(host):
    code = (
        "import urllib.request as u; "
        "print(u.urlopen(u.Request('http://127.0.0.1/get', headers={'Host': 'api.localhost'})).status)"
    )
    assert host.check_output("/usr/bin/python3 -c %s", code) == "200"


def test_units_are_active_and_enabled(host):
    for unit in ("gunicorn-api-web.socket", "gunicorn-api-web.service"):
        assert host.service(unit).is_running and host.service(unit).is_enabled


def test_nginx_has_no_files_of_ours(host):
    assert host.check_output("find /etc/nginx -name '*gunicorn*'") == ""
