# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs on the host: a process whose command line lies on a FUSE file system that never answers a read.

Prints its process id. A login user can do the same by fusermount; mounting as root saves that.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
import time

WHERE = "/mnt/silent"
NOBODY = 65534
INIT, LOOKUP, GETATTR, OPEN, READ, FORGET, INTERRUPT = 26, 1, 3, 14, 15, 2, 36
PAGE = 4096
libc = ctypes.CDLL(None, use_errno=True)


def attributes(node: int) -> bytes:
    """A directory, and a file in it."""
    mode = 0o040755 if node == 1 else 0o100644
    return struct.pack("<6Q10I", node, PAGE, 8, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, PAGE, 0)


def serve(device: int) -> None:
    """Answer everything but reads."""
    while True:
        request = os.read(device, 1 << 20)
        _length, code, unique, node = struct.unpack_from("<IIQQ", request)
        error, body = 0, b""
        if code in (READ, FORGET, INTERRUPT):
            continue
        if code == INIT:
            body = struct.pack("<IIIIHHIIHHI7I", 7, 31, 0, 0, 12, 9, PAGE, 1, 0, 0, 0, *([0] * 7))
        elif code == LOOKUP:
            body = struct.pack("<QQQQII", 2, 0, 60, 60, 0, 0) + attributes(2)
        elif code == GETATTR:
            body = struct.pack("<QII", 60, 0, 0) + attributes(node)
        elif code == OPEN:
            body = struct.pack("<QII", 1, 0, 0)
        else:
            error = -38
        os.write(device, struct.pack("<IiQ", 16 + len(body), error, unique) + body)


def main() -> None:
    """Serve in one process, and be silent in another."""
    os.makedirs(WHERE, exist_ok=True)
    device = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0,allow_other"
    if libc.mount(b"silent", WHERE.encode(), b"fuse", 0, options.encode()):
        raise OSError(ctypes.get_errno(), "cannot mount")
    if os.fork() == 0:
        serve(device)
    os.close(device)
    file = os.open(f"{WHERE}/file", os.O_RDONLY)
    with open("/proc/self/stat", encoding="ascii") as stream:
        start = int(stream.read().rpartition(")")[2].split()[45])  # where the arguments are
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, *([ctypes.c_size_t] + [ctypes.c_int] * 3), ctypes.c_long]
    print(os.getpid(), flush=True)
    place = (start + 4 * PAGE) & ~(PAGE - 1)  # in the middle of the arguments: the stack is below them
    libc.mmap(place, PAGE, 1, 0x02 | 0x10, file, 0)  # PROT_READ, MAP_PRIVATE | MAP_FIXED
    while True:
        time.sleep(60)


if __name__ == "__main__":
    if len(sys.argv) == 1:
        os.execv(sys.executable, [sys.executable, __file__, "x" * 16 * PAGE])
    main()
