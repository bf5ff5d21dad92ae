# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An open-loop load client: send times are fixed by the clock, and latency counts from them.

client.py ADDRESS HOST OUT LOAD=RATE...   writes "sending" when it begins; SIGTERM ends it, then OUT has the summaries
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import signal
import sys
import time
from dataclasses import asdict

from exchange import Failed, Pool
from loads import Request, requests_of
from measure import OK, Sample, summarize

TIMEOUT = 30.0


class Load:
    """Requests of one kind at a fixed rate."""

    def __init__(
        self, requests: tuple[Request, ...], rate: float, pool: Pool, host: str, timeout: float = TIMEOUT
    ) -> None:
        self._requests = requests
        self._interval = 1 / rate
        self._pool = pool
        self._host = host
        self._timeout = timeout
        self._under_way: set[asyncio.Task[None]] = set()
        self.samples: list[Sample] = []

    async def run(self, start: float, stop: asyncio.Event) -> None:
        """Send until told to stop, then wait for what is under way."""
        number = 0
        while not stop.is_set():
            due = start + number * self._interval
            pause = due - time.monotonic()
            if pause > 0:
                await asyncio.sleep(pause)
            # The kinds take turns; each goes through all its bodies.
            turn, kind = divmod(number, len(self._requests))
            task = asyncio.create_task(self._one(self._requests[kind], due, turn))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
            number += 1
        await asyncio.gather(*self._under_way)

    async def _one(self, request: Request, due: float, turn: int) -> None:
        sent = time.monotonic()
        version = ""
        try:
            async with asyncio.timeout(self._timeout):
                version = await request.send(self._pool, self._host, turn)
            outcome = OK
        except TimeoutError:
            outcome = "timeout"
        except Failed as failed:
            outcome = str(failed)
        except Exception as exc:
            # Whatever else goes wrong in here must not make a request disappear.
            outcome = f"client: {type(exc).__name__}"
        self.samples.append(Sample(request.name, due, sent, time.monotonic() - due, outcome, version))


async def main() -> None:
    address, host, out, *wanted = sys.argv[1:]
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    pool = Pool(address)
    loads = {}
    for item in wanted:
        name, _is, rate = item.partition("=")
        loads[name] = Load(requests_of(name), float(rate), pool, host)
    # A pause of the collector would look like one of the app.
    gc.freeze()
    gc.disable()
    with contextlib.suppress(PermissionError):
        os.nice(-10)
    start = time.monotonic() + 0.1
    print("sending", flush=True)
    await asyncio.gather(*(load.run(start, stop) for load in loads.values()))
    pool.close()
    summaries = {name: asdict(summarize(load.samples)) for name, load in loads.items()}
    with open(out, "w", encoding="utf-8") as stream:
        json.dump(summaries, stream, indent=1)


if __name__ == "__main__":
    asyncio.run(main())
