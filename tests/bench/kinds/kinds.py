# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Three kinds of request: one that does nothing, one that computes for 5 ms, one that waits for 50 ms."""

import time

CPU_SECONDS = 0.005
IO_SECONDS = 0.05


def compute():
    """Use the CPU, not the clock: other threads may run meanwhile."""
    end = time.thread_time() + CPU_SECONDS
    while time.thread_time() < end:
        sum(range(200))


def app(environ, start_response):
    """Answer /trivial, /cpu or /io."""
    path = environ["PATH_INFO"]
    if path == "/cpu":
        compute()
    elif path == "/io":
        time.sleep(IO_SECONDS)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [b"done\n"]
