# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs that do not end, or do not stop talking."""

from __future__ import annotations

import sys

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import HostError
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system import run as running
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.system.run import Runner


def python(code: str, **options: object) -> running.Completed:
    return Runner().run([sys.executable, "-c", code], **options)  # type: ignore[arg-type]


def test_both_outputs_and_the_status() -> None:
    done = python("import sys; print('out\\r\\nx'); print('err', file=sys.stderr); sys.exit(3)", check=False)
    assert (done.rc, done.out, done.err) == (3, "out\nx\n", "err\n")


def test_output_of_any_size_on_both_pipes() -> None:
    done = python("import sys; [(print('o' * 999), print('e' * 999, file=sys.stderr)) for _ in range(500)]")
    assert (len(done.out), len(done.err)) == (500_000, 500_000)


def test_an_endless_output_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "LARGEST", 1000)
    monkeypatch.setattr(running, "LAST", 100)
    done = python("print('a' * 900_000, end=''); print('the end')")
    assert len(done.out) < 1400
    assert done.out.startswith("aaa")
    assert "bytes left out" in done.out
    assert done.out.endswith("the end\n")


def test_stopped_in_time() -> None:
    with pytest.raises(HostError) as caught:
        python("import time; print('x', flush=True); time.sleep(30)", timeout=0.5)
    assert caught.value.evidence == "Stopped after 0.5 s."


def test_stopped_in_time_while_it_talks() -> None:
    with pytest.raises(HostError, match="it hangs"):
        python("while True: print('y')", timeout=0.5, cause="it hangs")


def test_missing_and_failing() -> None:
    with pytest.raises(HostError, match="no-such-program is not installed"):
        Runner().run(["no-such-program"])
    with pytest.raises(HostError, match="exit status 1") as caught:
        python("print('why'); raise SystemExit(1)")
    assert caught.value.evidence == "why"
