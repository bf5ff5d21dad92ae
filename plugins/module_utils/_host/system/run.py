# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run programs on the host, each for a limited time and with a limited amount of output."""

from __future__ import annotations

import os
import selectors
import shlex
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError

LONGEST = 3600.0  # seconds that a program may take if its caller sets no limit
LARGEST = 40 * 1024 * 1024  # bytes that are kept from the start of an output, and …
LAST = 64 * 1024  # … from its end: an endless output must not fill the host's memory


@dataclass(frozen=True)
class Completed:
    argv: tuple[str, ...]
    rc: int
    out: str
    err: str

    @property
    def tail(self) -> str:
        """The last lines of the output, as evidence."""
        lines = (self.out + "\n" + self.err).strip().splitlines()
        return "\n".join(line[:2000] for line in lines[-25:])


class Runner:
    """A thin wrapper around subprocess, so that effects can be observed and replaced in one place."""

    def run(
        self,
        argv: Sequence[str],
        *,
        check: bool = True,
        env: Optional[Mapping[str, str]] = None,
        timeout: float = LONGEST,
        cause: str = "",
    ) -> Completed:
        """Run a program and return its output; of an output above LARGEST bytes, the middle is left out.

        Raise HostError, with `cause` if given, if the program is missing, does not finish within `timeout` seconds or,
        with `check`, fails.
        """
        try:
            process = subprocess.Popen(  # pylint: disable=ansible-bad-function  # run_command has no limits
                list(argv),
                env={**os.environ, "LC_ALL": "C.UTF-8", **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        except FileNotFoundError as exc:
            raise HostError(cause or f"{argv[0]} is not installed on this host.", str(exc)) from exc
        with process:
            try:
                out, err = _read(process, time.monotonic() + timeout)
            except subprocess.TimeoutExpired as exc:
                raise HostError(cause or f"{argv[0]} did not finish.", f"Stopped after {timeout:g} s.") from exc
            finally:
                if process.poll() is None:
                    process.kill()
        completed = Completed(tuple(argv), process.returncode, out, err)
        if check and completed.rc != 0:
            command = " ".join(shlex.quote(word) for word in argv)
            raise HostError(cause or f"`{command}` failed with exit status {completed.rc}.", completed.tail)
        return completed


class _Kept:
    """The start and the end of an output."""

    def __init__(self) -> None:
        self._start = bytearray()
        self._end = bytearray()
        self._left_out = 0

    def add(self, block: bytes) -> None:
        fits = LARGEST - len(self._start)
        self._start += block[:fits]
        self._end += block[fits:]
        if len(self._end) > 2 * LAST:
            self._left_out += len(self._end) - LAST
            del self._end[:-LAST]

    def text(self) -> str:
        middle = f"\n… {self._left_out} bytes left out …\n" if self._left_out else ""
        text = self._start.decode("utf-8", "replace") + middle + self._end.decode("utf-8", "replace")
        return text.replace("\r\n", "\n").replace("\r", "\n")


def _read(process: subprocess.Popen[bytes], end: float) -> tuple[str, str]:
    """Return the output once the program has ended. Raise subprocess.TimeoutExpired at the monotonic time `end`."""
    kept: dict[Any, _Kept] = {process.stdout: _Kept(), process.stderr: _Kept()}
    with selectors.DefaultSelector() as selector:
        for stream in kept:
            selector.register(stream, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(max(0.0, end - time.monotonic()))
            if time.monotonic() >= end:
                raise subprocess.TimeoutExpired(process.args, 0)
            for key, _events in ready:
                block = os.read(key.fd, 1 << 16)
                kept[key.fileobj].add(block)
                if not block:
                    selector.unregister(key.fileobj)
    process.wait(max(0.0, end - time.monotonic()))
    return kept[process.stdout].text(), kept[process.stderr].text()
