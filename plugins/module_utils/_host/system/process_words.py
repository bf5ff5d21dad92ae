# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read command lines and environments of processes. They are in the memory of the processes themselves.

If that memory is a file on a FUSE or network file system, its owner decides when the read ends: the reader sleeps in
the kernel, and no signal ends that. So a child process reads, and if it gets stuck, it is left behind.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import struct
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Optional

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.proc import real_user

STALL = 1.0  # seconds that one read may take
LARGEST = 4 * 1024**2  # bytes of one file
HEAD = struct.Struct(">II")
Words = dict[tuple[int, str], list[str]]


class Reading(NamedTuple):
    """The words by process and file. `silent` are processes that did not let themselves be read."""

    words: Words
    silent: tuple[int, ...] = ()

    def of(self, pid: int, file: str) -> list[str]:
        return self.words.get((pid, file), [])


def read_words(pids: Iterable[int], *files: str, stall: float = STALL) -> Reading:
    """Read the `cmdline` or `environ` of processes; those that have ended are left out.

    Once a process was silent, further ones of the same user, except for root, are not read: the waits would add up.
    """
    waiting = [(pid, file) for pid in pids for file in files]
    words: Words = {}
    silent: list[int] = []
    while waiting:
        stuck = _read(waiting, words, stall)
        if stuck is None:
            break
        silent.append(waiting[stuck][0])
        user = real_user(silent[-1])
        waiting = [
            one for one in waiting[stuck + 1 :] if one[0] not in silent and real_user(one[0]) not in {user} - {0}
        ]
    return Reading(words, tuple(silent))


def _read(wanted: Sequence[tuple[int, str]], words: Words, stall: float) -> Optional[int]:
    """Add what a child process reads to `words`. Return the position of the file at which it got stuck, or None."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _send_and_exit(wanted, writing)
    os.close(writing)
    position = 0
    try:
        with os.fdopen(reading, "rb", buffering=0) as pipe:
            data = b""
            while True:
                while len(data) >= HEAD.size:
                    position, size = HEAD.unpack_from(data)
                    if len(data) < HEAD.size + size:
                        break
                    text = data[HEAD.size : HEAD.size + size]
                    if text:
                        words[wanted[position]] = text.decode("utf-8", "replace").split("\0")
                    data = data[HEAD.size + size :]
                    position += 1
                if not select.select([pipe], [], [], stall)[0]:
                    return position
                part = pipe.read(1 << 16)
                if not part:
                    return None
                data += part
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        # A child that is stuck cannot be waited for. It ends as soon as the kernel lets it.
        os.waitpid(child, os.WNOHANG)


def _send_and_exit(wanted: Sequence[tuple[int, str]], writing: int) -> None:
    """Write each file with its position. Nothing that somebody waits for may stay open here: not even the output."""
    try:
        os.setsid()
        null = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(null, standard)
        for number in [int(name) for name in os.listdir("/proc/self/fd")]:
            if number > 2 and number != writing:
                with contextlib.suppress(OSError):
                    os.close(number)
        for position, (pid, file) in enumerate(wanted):
            text = _content(f"/proc/{pid}/{file}")
            frame = HEAD.pack(position, len(text)) + text
            while frame:
                frame = frame[os.write(writing, frame) :]
    finally:
        os._exit(0)


def _content(path: str) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read(LARGEST)
    except OSError:
        return b""
