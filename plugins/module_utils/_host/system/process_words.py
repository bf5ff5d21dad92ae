# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read command lines and environments of processes. They are in the memory of the processes themselves.

The reader needs that memory, and the lock on it, from whoever owns the process. Linux before 4.17 even read it from a
FUSE file system whose owner never answers, and then no signal ends the read. So `cat` reads, and if it gets stuck, it
is left behind.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.proc import real_user

STALL = 10.0  # seconds without a byte; a busy host takes a while to start a process
LARGEST = 16 * 1024**2  # bytes of one file; the kernel allows 6 MiB of arguments and environment
MANY = 500  # files for one `cat`
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
        read = _read(waiting[:MANY], words, stall)
        if read == len(waiting[:MANY]):
            waiting = waiting[MANY:]
            continue
        silent.append(waiting[read][0])
        user = real_user(silent[-1])
        waiting = [one for one in waiting[read + 1 :] if one[0] not in silent and real_user(one[0]) not in {user} - {0}]
    return Reading(words, tuple(silent))


def _read(wanted: Sequence[tuple[int, str]], words: Words, stall: float) -> int:
    """Add what can be read to `words`, and return the number of files that came to an end."""
    end = os.urandom(32)  # between two files; no process knows it in advance
    reading, writing = os.pipe()
    try:
        child = _cat([f"/proc/{pid}/{file}" for pid, file in wanted], end, writing)
    finally:
        os.close(writing)
    read = -1
    try:
        read = _collect(reading, wanted, end, words, stall)
    finally:
        os.close(reading)
        os.kill(child, signal.SIGKILL)
        # One that is stuck cannot be waited for. It ends as soon as the kernel lets it.
        os.waitpid(child, 0 if read == len(wanted) else os.WNOHANG)
    return read


def _collect(pipe: int, wanted: Sequence[tuple[int, str]], end: bytes, words: Words, stall: float) -> int:
    data = b""
    read = 0
    while read < len(wanted) and len(data) <= LARGEST and select.select([pipe], [], [], stall)[0]:
        part = os.read(pipe, 1 << 20)
        if not part:
            break
        *texts, data = (data + part).split(end)
        for text in texts:
            if text:
                words[wanted[read]] = text.decode("utf-8", "replace").split("\0")
            read += 1
    return read


def _cat(paths: Sequence[str], end: bytes, output: int) -> int:
    """Start `cat`, which inherits nothing that anybody waits for: not even the module's own output."""
    separator = os.memfd_create("end")
    null = os.open(os.devnull, os.O_RDWR)
    try:
        os.write(separator, end)
        argv = ["cat", "--", *(word for path in paths for word in (path, "/proc/self/fd/3"))]
        # From copies above all these numbers, so that none is replaced before it was used.
        files = [fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, 10) for number in (null, output, null, separator)]
        actions = [(os.POSIX_SPAWN_DUP2, number, place) for place, number in enumerate(files)]
        try:
            env = {**os.environ, "LC_ALL": "C"}
            # run_command would wait for it: pylint: disable-next=ansible-bad-function
            return os.posix_spawnp("cat", argv, env, file_actions=actions, setsid=True)
        finally:
            for number in files:
                os.close(number)
    finally:
        os.close(null)
        os.close(separator)
