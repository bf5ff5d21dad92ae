# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Import an app as Gunicorn would, watched by a second process. A script for the app's own interpreter.

    python -I -S import_probe.py watch TARGET LIMIT DIRECTORY [CONFIG …]    writes DIRECTORY/report.json
    python import_probe.py load TARGET LIMIT DIRECTORY [CONFIG …]           the process that `watch` starts and outlives

It is self-contained and runs on Python 3.7. Its imports must not hide that the app lacks a dependency.
"""

from __future__ import annotations

import contextlib
import errno
import faulthandler
import functools
import importlib.util
import inspect
import io
import json
import linecache
import os
import re
import select
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Sequence
from typing import Any

LONGEST_TEXT = 2000
LONGEST_LINE = 200
FRAMES = 8
CHAIN = 5
NAMES = 200
KEPT_OUTPUT = 8192
LARGEST_FILE = 512 * 1024
PATIENCE = 5.0  # seconds that a slow machine may need after the limit to dump where it hangs
# Settings that name a file to read, a file to write to, and a directory for files.
READ = ("certfile", "keyfile", "ca_certs", "logconfig", "logconfig_json")
WRITTEN = ("errorlog", "accesslog")
DIRECTORIES = ("tmp_upload_dir",)
MARK = "most recent call first"  # in the first line of each thread in faulthandler's dump
Frame = dict  # file, line, function, source


# ---- in the process that imports ---------------------------------------------------------------------------------


def load(target: str, limit: float, directory: str, *configs: str) -> None:
    """Write the answer to DIRECTORY/answer.json; if this process dies before that, the watcher sees how."""
    # Kept open as a descriptor: the timer writes to it without the interpreter, even if that is stuck in native code.
    dump = os.open(directory + "/dump", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    faulthandler.enable(file=dump)
    if hasattr(signal, "SIGSYS"):
        faulthandler.register(signal.SIGSYS, file=dump, chain=True)
    faulthandler.dump_traceback_later(limit, file=dump)
    take_gunicorns_place(target)
    answer = examine(target, configs)
    faulthandler.cancel_dump_traceback_later()
    with open(directory + "/answer.json.tmp", "w", encoding="utf-8") as written:
        json.dump(answer, written)
    os.replace(directory + "/answer.json.tmp", directory + "/answer.json")
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # the app may have replaced them with anything
            stream.flush()
    os._exit(0)  # threads that the app has started would keep the process alive


def take_gunicorns_place(target: str) -> None:
    """Set up the same search path and arguments as Gunicorn, without any trace of this script."""
    sys.dont_write_bytecode = True  # a check must not leave files in the app's directory
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if entry != here]
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    sys.argv = ["gunicorn", target]


def examine(target: str, configs: Sequence[str] = ()) -> dict[str, Any]:
    """Import the app and return the facts about it, or the `problem` and what belongs to it."""
    module, _colon, expression = target.partition(":")
    answer: dict[str, Any] = {
        "python": ".".join(str(part) for part in sys.version_info[:3]),
        "factory": "(" in expression,
        "search_path": [entry for entry in sys.path if entry][:50],
    }
    try:
        # Modules that Gunicorn loads before it imports an app must not count as the app's memory.
        importlib.import_module("gunicorn.app.wsgiapp")
        util = importlib.import_module("gunicorn.util")
        answer["gunicorn"] = importlib.import_module("gunicorn").__version__
    except BaseException as exc:
        return {**answer, "problem": "gunicorn", "exceptions": describe(exc, "gunicorn")}
    for config in configs:
        try:
            settings = load_config(config)
        except BaseException as exc:
            return {**answer, "problem": "config", "exceptions": describe(exc, module)}
        for setting in (*READ, *WRITTEN, *DIRECTORIES):
            try:
                reach(setting, settings.get(setting))
            except OSError as exc:
                found = {"setting": setting, "config": config, "exceptions": describe(exc, module)}
                return {**answer, "problem": "file", **found}
    before = resident_memory()
    started = time.perf_counter()
    try:
        app = util.import_app(target)
    except SystemExit as exc:
        answer.update(problem="exit", code=exit_code(exc), exceptions=describe(exc, module))
    except BaseException as exc:
        answer.update(failure(exc, module, expression or "application"))
    else:
        after = resident_memory()
        answer.update(
            kind=kind_of(app),
            seconds=round(time.perf_counter() - started, 3),
            memory_bytes=after,
            import_bytes=None if after is None or before is None else max(after - before, 0),
        )
    answer["imported"] = module in sys.modules
    return answer


def load_config(path: str) -> dict[str, Any]:
    """Run a settings file as Gunicorn does before it imports the app, and return its variables."""
    spec: Any = importlib.util.spec_from_file_location("__config__", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["__config__"] = module
    spec.loader.exec_module(module)
    return vars(module)


def reach(setting: str, path: Any) -> None:
    """Raise the OSError that Gunicorn would meet at startup when it uses this file or directory; change nothing."""
    if not isinstance(path, str) or path in ("", "-", "syslog"):
        return
    if setting in READ:
        with open(path, "rb"):
            return
    place = path if setting in DIRECTORIES or os.path.exists(path) else os.path.dirname(path) or "."
    os.stat(place)
    if not os.access(place, os.W_OK):
        number = errno.EROFS if os.statvfs(place).f_flag & os.ST_RDONLY else errno.EACCES
        raise OSError(number, os.strerror(number), place)


def exit_code(exc: SystemExit) -> Any:
    return exc.code if exc.code is None or isinstance(exc.code, int) else shorten(str(exc.code), LONGEST_LINE)


def failure(exc: BaseException, module: str, expression: str) -> dict[str, Any]:
    """Return the problem. The module's content tells which of its reasons Gunicorn had for an AppImportError."""
    found = {"problem": "exception", "exceptions": describe(exc, module)}
    if type(exc).__name__ != "AppImportError":
        return found
    name = re.match(r"\w*", expression).group()  # type: ignore[union-attr]
    loaded = sys.modules.get(module)
    if not name.isidentifier() or loaded is None or str(exc).startswith("Failed to parse"):
        return {**found, "problem": "target"}
    if not hasattr(loaded, name):
        return {**found, "problem": "missing", "name": name, "names": callables(loaded)}
    if "(" in expression:
        returned = "must be callable" in str(exc) or "Failed to find application object" in str(exc)
        return {**found, "problem": "not-callable" if returned else "target", "name": name, "type": ""}
    return {**found, "problem": "not-callable", "name": name, "type": type(getattr(loaded, name)).__name__}


def callables(module: Any) -> list[list[str]]:
    """Return the names of the module's public callables, each with its kind."""
    result = []
    for name, value in sorted(vars(module).items()):
        if not name.startswith("_") and len(name) <= LONGEST_LINE and callable(value):
            result.append([name, kind_of(value)])
    return result[:NAMES]


def kind_of(app: Any) -> str:
    """Return `wsgi`, `asgi`, `factory` (returns an app, but is not one), `other` (neither interface) or `unknown`."""
    try:
        return _kind_of(app)
    except Exception:  # objects that have every attribute, with nonsense values
        return "unknown"


def _kind_of(app: Any) -> str:
    called = app
    while isinstance(called, functools.partial):
        called = called.func
    is_class = inspect.isclass(called)
    made_to_be_called = is_class or inspect.isroutine(called)
    if is_class:
        asynchronous = hasattr(called, "__await__")
    else:
        asynchronous = inspect.iscoroutinefunction(called if made_to_be_called else called.__call__)
    try:
        signature = inspect.signature(app)
    except (TypeError, ValueError):
        return "asgi" if asynchronous else "unknown"
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    named = [one for one in signature.parameters.values() if one.kind in positional]
    names = [one.name for one in named]
    if (asynchronous and takes(signature, 3)) or names[:3] == ["scope", "receive", "send"]:
        return "asgi"
    # If every argument has a default, it is meant to be called without any, however many it accepts.
    optional = bool(named) and all(one.default is not one.empty for one in named) and names[0] not in ("environ", "env")
    if made_to_be_called and takes(signature, 0) and (optional or not (takes(signature, 2) or takes(signature, 3))):
        return "factory"
    if asynchronous:
        return "other"
    if takes(signature, 2):
        return "wsgi"
    return "asgi" if takes(signature, 3) else "other"


def takes(signature: inspect.Signature, count: int) -> bool:
    try:
        signature.bind(*[None] * count)
    except TypeError:
        return False
    return True


def resident_memory() -> Any:
    try:
        with open("/proc/self/status", encoding="ascii", errors="replace") as stream:
            found = re.search(r"^VmRSS:\s+(\d+) kB", stream.read(), re.M)
    except OSError:
        return None
    return int(found.group(1)) * 1024 if found else None


def describe(exc: BaseException, module: str) -> list[dict[str, Any]]:
    """Return the exception and then its causes, each with its location in the app's code."""
    result: list[dict[str, Any]] = []
    seen: set[int] = set()
    link: Any = exc
    while link is not None and id(link) not in seen and len(result) < CHAIN:
        seen.add(id(link))
        result.append(describe_one(link, module))
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return result


def describe_one(exc: BaseException, module: str) -> dict[str, Any]:
    kind = type(exc)
    frames = [
        frame(code.co_filename, line, code.co_name)
        for code, line in ((step.f_code, line) for step, line in traceback.walk_tb(exc.__traceback__))
    ]
    if isinstance(exc, SyntaxError) and exc.filename:
        frames.append(frame(exc.filename, exc.lineno or 0, ""))
    return {
        "type": kind.__name__ if kind.__module__ == "builtins" else kind.__module__ + "." + kind.__name__,
        "bases": [base.__name__ for base in kind.__mro__[1:-2]],
        "message": message(exc),
        "errno": exc.errno if isinstance(exc, OSError) else None,
        "file": path_text(exc.filename) if isinstance(exc, OSError) else "",
        "module": path_text(exc.name) if isinstance(exc, ImportError) else "",
        "variable": missing_variable(exc),
        "frames": telling_frames(frames, module, os.getcwd()),
    }


def message(exc: BaseException) -> str:
    try:
        return shorten(str(exc), LONGEST_TEXT)
    except Exception as bad:
        return f"(its message cannot be shown: {type(bad).__name__})"


def path_text(value: Any) -> str:
    if isinstance(value, bytes):
        value = os.fsdecode(value)
    return shorten(value, LONGEST_LINE) if isinstance(value, str) else ""


def missing_variable(exc: BaseException) -> str:
    """Return the name that was looked up in `os.environ` and is not set; '' for other exceptions."""
    steps = list(traceback.walk_tb(exc.__traceback__))
    last = steps[-1][0] if steps else None
    if isinstance(exc, KeyError) and last is not None and last.f_globals.get("__name__") == "os" and exc.args:
        return path_text(exc.args[0])
    return ""


# ---- frames ------------------------------------------------------------------------------------------------------


def frame(file: str, line: int, function: str) -> Frame:
    path = file if file.startswith("<") else os.path.abspath(file)
    return {"file": path, "line": line, "function": function, "source": ""}


def telling_frames(frames: list[Frame], module: str, directory: str, innermost: bool = False) -> list[Frame]:
    """Return the last frames in the app's own code; if there are none, the last ones outside the import machinery."""
    others = [one for one in frames if not is_machinery(one["file"])]
    own = [one for one in others if is_own(one["file"], module, directory)]
    chosen = (own or others)[-FRAMES:]
    if innermost and own and others[-1] is not own[-1]:
        chosen = [*chosen, others[-1]]
    return [{**one, "source": source_line(one)} for one in chosen]


def source_line(one: Frame) -> str:
    return shorten(linecache.getline(one["file"], one["line"]).strip(), LONGEST_LINE)


def is_machinery(file: str) -> bool:
    if file.startswith("<") or file == os.path.abspath(__file__):
        return True
    return file.endswith(("/importlib/__init__.py", "/gunicorn/util.py", "/runpy.py"))


def is_own(file: str, module: str, directory: str) -> bool:
    _before, installed, inside = file.rpartition("-packages/")
    if installed:
        return inside.split("/")[0].split(".")[0] == module.split(".")[0]
    return any(file.startswith(root.rstrip("/") + "/") for root in (directory, os.path.realpath(directory)))


def dumped_frames(dump: str) -> list[Frame]:
    """Return the main thread's frames in a faulthandler dump, outermost first."""
    parts = re.split(r"^(?=(?:Current t|T)hread )", dump, flags=re.M)
    blocks = [part for part in parts if MARK in part]
    current = [block for block in blocks if block.startswith("Current")]
    if not blocks:
        return []
    # The main thread is the oldest, and the newest thread is listed first.
    block = current[-1] if current else blocks[-1]
    found = re.findall(r'^  File "(.*)", line (\d+) in (.*)$', block, re.M)
    return [frame(file, int(line), function) for file, line, function in reversed(found)]


def shorten(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    tail = longest // 4
    return f"{text[: longest - tail]} … ({len(text)} characters) … {text[-tail:]}"


# ---- in the process that watches ---------------------------------------------------------------------------------


def watch(target: str, limit: float, directory: str, *configs: str) -> None:
    """Write DIRECTORY/report.json, however the import ends; it stays small however much the app prints."""
    command = [sys.executable, os.path.abspath(__file__), "load", target, str(limit), directory, *configs]
    started = time.monotonic()
    null, pipe, same = subprocess.DEVNULL, subprocess.PIPE, subprocess.STDOUT
    # This is a standalone script, so AnsibleModule.run_command is not available.
    child = subprocess.Popen(command, stdin=null, stdout=pipe, stderr=same)  # pylint: disable=ansible-bad-function
    output = Output(child.stdout)
    hung = False
    while child.poll() is None:
        output.read(0.05)
        late = time.monotonic() - started - limit
        if late > PATIENCE or (late > 0.3 and MARK in read(directory + "/dump")):
            hung = True
            child.kill()
            child.wait()
    output.drain()
    status = child.returncode
    answer = read(directory + "/answer.json")
    report = {
        "end": "hang" if hung else "signal" if status < 0 else "status",
        "status": abs(status),
        "signal": "" if hung or status >= 0 else signal_name(-status),
        "answer": json.loads(answer) if answer and not hung else None,
        "frames": telling_frames(
            dumped_frames(read(directory + "/dump")), target.split(":")[0], os.getcwd(), innermost=True
        ),
        "output": output.last_lines(),
        "output_bytes": output.total,
    }
    with open(directory + "/report.json.tmp", "w", encoding="utf-8") as stream:
        json.dump(report, stream)
    os.replace(directory + "/report.json.tmp", directory + "/report.json")


class Output:
    """The app's output: all of it is read, so that the app never blocks on it, but only the end is kept."""

    def __init__(self, stream: Any) -> None:
        self._descriptor = stream.fileno()
        os.set_blocking(self._descriptor, False)
        self._open = True
        self._end = b""
        self.total = 0

    def read(self, seconds: float) -> bool:
        """Read once; return False if nothing arrived within `seconds`."""
        if not self._open:
            time.sleep(seconds)
            return False
        if not select.select([self._descriptor], [], [], seconds)[0]:
            return False
        data = os.read(self._descriptor, 1 << 20)
        self._open = bool(data)
        self.total += len(data)
        self._end = (self._end + data)[-KEPT_OUTPUT:]
        return bool(data)

    def drain(self) -> None:
        """Read what is in the pipe now and then stop: a process that the app left behind may keep writing forever."""
        for _round in range(64):
            if not self.read(0):
                return

    def last_lines(self) -> str:
        lines = io.StringIO(self._end.decode("utf-8", "replace")).read().splitlines()
        return "\n".join(shorten(line, LONGEST_LINE) for line in lines[-20:])


def signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read(LARGEST_FILE)
    except FileNotFoundError:
        return ""


def main() -> None:
    act = {"watch": watch, "load": load}[sys.argv[1]]
    act(sys.argv[2], float(sys.argv[3]), *sys.argv[4:])


if __name__ == "__main__":
    main()
