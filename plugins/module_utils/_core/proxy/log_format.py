# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The access log: one valid JSON object for each request."""

from __future__ import annotations

# nginx's `escape=json` passes bytes that are not UTF-8 unchanged, and the line would not be valid JSON.
UTF8 = (
    r"^(?:[\x00-\x7F]|[\xC2-\xDF][\x80-\xBF]|\xE0[\xA0-\xBF][\x80-\xBF]|[\xE1-\xEC\xEE\xEF][\x80-\xBF][\x80-\xBF]"
    r"|\xED[\x80-\x9F][\x80-\xBF]|\xF0[\x90-\xBF][\x80-\xBF][\x80-\xBF]|[\xF1-\xF3][\x80-\xBF][\x80-\xBF][\x80-\xBF]"
    r"|\xF4[\x80-\x8F][\x80-\xBF][\x80-\xBF])*+$"
)
FREE_TEXT = {"host": "host", "request_uri": "uri", "http_referer": "referer", "http_user_agent": "user_agent"}


def render_map(source: str, variable: str, table: dict[str, str]) -> list[str]:
    return [f"map {source} {variable} {{", *(f"    {key} {value};" for key, value in table.items()), "}", ""]


def render_log_format() -> list[str]:
    lines = ["# Each line is one JSON object, whatever bytes a client sends."]
    for source, name in FREE_TEXT.items():
        # nginx does not match patterns against an empty value.
        table = {'""': '""', f'"~{UTF8}"': f"${source}", "default": '"(not UTF-8)"'}
        lines += render_map(f"${source}", f"$gunicorn_log_{name}", table)
    # HTTP/0.9 is logged as 009, which is not a JSON number.
    lines += render_map("$status", "$gunicorn_log_status", {'"~^[1-9]"': "$status", "default": "0"})
    fields = {
        "time": '"$time_iso8601"',
        "request_id": '"$gunicorn_request_id"',
        "remote_addr": '"$remote_addr"',
        "host": '"$gunicorn_log_host"',
        "method": '"$request_method"',
        "uri": '"$gunicorn_log_uri"',
        "protocol": '"$server_protocol"',
        "status": "$gunicorn_log_status",
        "bytes": "$body_bytes_sent",
        "request_time": "$request_time",
        "upstream": '"$upstream_addr"',
        "upstream_status": '"$upstream_status"',
        "upstream_connect_time": '"$upstream_connect_time"',
        "upstream_header_time": '"$upstream_header_time"',
        "upstream_time": '"$upstream_response_time"',
        "referer": '"$gunicorn_log_referer"',
        "user_agent": '"$gunicorn_log_user_agent"',
    }
    parts = [f'"{name}":{value}' for name, value in fields.items()]
    rows = [f"    '{part},'" for part in parts[:-1]] + [f"    '{parts[-1]}'"]
    rows[0] = rows[0].replace("'", "'{", 1)
    rows[-1] = rows[-1][:-1] + "}'"
    return [*lines, "log_format gunicorn_json escape=json", *rows[:-1], rows[-1] + ";", ""]
