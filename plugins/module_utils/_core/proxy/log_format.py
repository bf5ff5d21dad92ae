# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The access log: one valid JSON object for each request."""

from __future__ import annotations

# nginx's `escape=json` passes bytes that are not UTF-8 unchanged, and the line would not be valid JSON.
UTF8 = (
    r"^(?:[\x00-\x7F]|[\xC2-\xDF][\x80-\xBF]|\xE0[\xA0-\xBF][\x80-\xBF]|[\xE1-\xEC\xEE\xEF][\x80-\xBF][\x80-\xBF]"
    r"|\xED[\x80-\x9F][\x80-\xBF]|\xF0[\x90-\xBF][\x80-\xBF][\x80-\xBF]|[\xF1-\xF3][\x80-\xBF][\x80-\xBF][\x80-\xBF]"
    r"|\xF4[\x80-\x8F][\x80-\xBF][\x80-\xBF])*$"
)
FREE_TEXT = {
    "host": "host",
    "request_uri": "uri",
    "gunicorn_path": "path",
    "http_referer": "referer",
    "gunicorn_referer_path": "referer_path",
    "http_user_agent": "user_agent",
}
FORMAT, FORMAT_WITH_QUERY = "gunicorn_json", "gunicorn_json_query"


def render_map(source: str, variable: str, table: dict[str, str]) -> list[str]:
    return [f"map {source} {variable} {{", *(f"    {key} {value};" for key, value in table.items()), "}", ""]


def render_log_formats() -> list[str]:
    """Return both formats: queries may hold passwords and tokens, so they are only logged if an app asks for it."""
    lines = ["# Each line is one JSON object, whatever bytes a client sends."]
    for source, variable in (("$request_uri", "$gunicorn_path"), ("$http_referer", "$gunicorn_referer_path")):
        name = variable.replace("$gunicorn_", "gunicorn_only_")
        lines += render_map(source, variable, {f'"~^(?<{name}>[^?#]*)"': f"${name}", "default": '""'})
    for source, name in FREE_TEXT.items():
        # nginx does not match patterns against an empty value.
        table = {'""': '""', f'"~{UTF8}"': f"${source}", "default": '"(not UTF-8)"'}
        lines += render_map(f"${source}", f"$gunicorn_log_{name}", table)
    # HTTP/0.9 is logged as 009, which is not a JSON number.
    lines += render_map("$status", "$gunicorn_log_status", {'"~^[1-9]"': "$status", "default": "0"})
    return [
        *lines,
        *_log_format(FORMAT, "$gunicorn_log_path", "$gunicorn_log_referer_path"),
        *_log_format(FORMAT_WITH_QUERY, "$gunicorn_log_uri", "$gunicorn_log_referer"),
    ]


def _log_format(name: str, uri: str, referer: str) -> list[str]:
    fields = {
        "time": '"$time_iso8601"',
        "request_id": '"$gunicorn_request_id"',
        "remote_addr": '"$remote_addr"',
        "host": '"$gunicorn_log_host"',
        "method": '"$request_method"',
        "uri": f'"{uri}"',
        "protocol": '"$server_protocol"',
        "status": "$gunicorn_log_status",
        "bytes": "$body_bytes_sent",
        "request_time": "$request_time",
        "upstream": '"$upstream_addr"',
        "upstream_status": '"$upstream_status"',
        "upstream_connect_time": '"$upstream_connect_time"',
        "upstream_header_time": '"$upstream_header_time"',
        "upstream_time": '"$upstream_response_time"',
        "referer": f'"{referer}"',
        "user_agent": '"$gunicorn_log_user_agent"',
    }
    parts = [f'"{key}":{value}' for key, value in fields.items()]
    rows = [f"    '{part},'" for part in parts[:-1]] + [f"    '{parts[-1]}'"]
    rows[0] = rows[0].replace("'", "'{", 1)
    rows[-1] = rows[-1][:-1] + "}'"
    return [f"log_format {name} escape=json", *rows[:-1], rows[-1] + ";", ""]
