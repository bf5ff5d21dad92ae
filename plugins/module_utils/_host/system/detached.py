# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run work in a process that outlives its caller, so that a lost connection or controller does not interrupt it."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
from collections.abc import Callable
from typing import TypeVar

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError, as_host_error

Answer = TypeVar("Answer")


def detached(work: Callable[[], Answer]) -> Answer:
    """Return what `work` returns. It runs in its own session, which no hangup reaches.

    Raise HostError if its process ends without a result, or if `work` raises.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _run_and_exit(work, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        pickled = stream.read()
    status = os.waitpid(child, 0)[1]
    if not pickled:
        how = f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"exit status {os.WEXITSTATUS(status)}"
        raise HostError(
            f"the deploy ended unexpectedly ({how}).",
            "",
            "The next run determines how far it got, and continues from there.",
        )
    answer, crash = pickle.loads(pickled)  # written by our own child
    if crash:
        raise HostError(*crash)
    result: Answer = answer
    return result


def _run_and_exit(work: Callable[[], object], writing: int) -> None:
    status = 1
    try:
        os.setsid()
        os.umask(0o022)  # a hardened host's umask would hide releases from the service user and from nginx
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        null = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(null, standard)
        try:
            answer = pickle.dumps((work(), None))
        except Exception as exc:  # the caller raises it
            answer = pickle.dumps((None, tuple(as_host_error(exc).failure)))
        with contextlib.suppress(BrokenPipeError), os.fdopen(writing, "wb") as stream:
            stream.write(answer)
        status = 0
    finally:
        os._exit(status)
