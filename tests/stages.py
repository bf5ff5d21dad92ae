# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run stages of the test suite: one line for each, the log of those that fail, and a total."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".cache"
LOGS = CACHE / "test"
COPY = CACHE / "collections/ansible_collections/wsgiops/gunicorn"
VENV = CACHE / "venv"
OLDER = CACHE / "venv-311"
GET_PIP = "https://ci-files.testing.ansible.com/ansible-test/get-pip-{}.py"


@dataclass
class Stage:
    """What one stage ran, and how it went."""

    name: str
    passed: int = 0
    failed: int = 0
    logs: list[Path] = field(default_factory=list)

    def run(self, label: str, *command: object, cwd: Path = ROOT, **environment: str) -> bool:
        """Run a command; its output is shown only when it fails."""
        log = LOGS / f"{self.name}-{label}.log"
        env = {**os.environ, "PATH": f"{VENV / 'bin'}:{os.environ['PATH']}", "WSGIOPS_ROOT": str(ROOT)}
        env |= {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "NO_COLOR": "1", "ANSIBLE_NOCOLOR": "1", **environment}
        with log.open("w") as out:
            arguments = [str(part) for part in command]
            status = subprocess.run(
                arguments, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out, check=False
            ).returncode
        if status:
            self.logs.append(log)
        return status == 0

    def check(self, label: str, *command: object, cwd: Path = ROOT, **environment: str) -> bool:
        """Run a command that is one check."""
        good = self.run(label, *command, cwd=cwd, **environment)
        self.count(int(good), int(not good))
        return good

    def count(self, passed: int, failed: int) -> None:
        """Add to the totals."""
        self.passed += passed
        self.failed += failed

    def count_report(self, report: Path, good: bool) -> None:
        """Add what a JUnit report says; a run without tests, or one that broke, is a failure.

        So is a test that was skipped for want of something that tests/setup brings.
        """
        tests = bad = 0
        if report.is_file():
            for suite in ElementTree.parse(report).iter("testsuite"):
                tests += int(suite.get("tests", 0)) - int(suite.get("skipped", 0))
                bad += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
                for case in suite.iter("testcase"):
                    why = " ".join(skipped.get("message", "") for skipped in case.iter("skipped"))
                    if "tests/setup" in why:
                        print(f"{self.name}: {case.get('name')} was skipped: {why}", flush=True)
                        tests, bad = tests + 1, bad + 1
        if not bad and (not good or not tests):
            bad = 1
            tests += 1
        self.count(tests - bad, bad)


# ---- stages ------------------------------------------------------------------------------------------------------


def setup(stage: Stage) -> None:
    """The virtual environments and the copy of the collection."""
    stage.check("environment", "tests/setup", "--older")


def lint(stage: Stage) -> None:
    """Linters; each is one check."""
    tools = VENV / "bin"
    stage.check("ruff", tools / "ruff", "check", "--quiet", "--output-format", "concise", ".")
    stage.check("yamllint", tools / "yamllint", "--strict", ".")
    # From the copy's grandparent, so that mypy sees the package names that the code imports.
    collections = CACHE / "collections"
    plugins = COPY.relative_to(collections) / "plugins"
    kinds = [plugins / kind for kind in ("module_utils", "filter", "modules", "action", "callback")]
    typed = [path for path in kinds if any((collections / path).rglob("*.py"))]
    stage.check("mypy", tools / "mypy", "--config-file", ROOT / "pyproject.toml", *typed, cwd=collections)
    home = {"ANSIBLE_HOME": str(CACHE / "ansible-home"), "ANSIBLE_COLLECTIONS_PATH": str(collections)}
    stage.check("ansible-lint", tools / "ansible-lint", "--offline", "--strict", "-q", cwd=COPY, **home)
    docs = ["lint-collection-docs", "--plugin-docs", "--skip-rstcheck", COPY]
    stage.check("docs", tools / "antsibull-docs", *docs, cwd=COPY, **home)
    stage.check("changelog", tools / "antsibull-changelog", "lint")


def ansible_test(stage: Stage, label: str, venv: Path, *arguments: str) -> bool:
    """Run ansible-test of a venv in the copy, with a home of its own and all interpreters that there are."""
    home = CACHE / "home"
    pythons = CACHE / "pythons"
    return stage.run(
        label,
        venv / "bin/ansible-test",
        *arguments,
        cwd=COPY,
        HOME=str(home),
        ANSIBLE_CONFIG=os.devnull,
        PATH=f"{venv / 'bin'}:{pythons}:/usr/bin:/bin",
    )


def version_of(venv: Path) -> str:
    """Return the Python version of a venv, as in 3.13."""
    return ask(venv / "bin/python", "import sys; print('%d.%d' % sys.version_info[:2])") or ""


def units(stage: Stage) -> None:
    """Unit tests, on the newest Python and on an older one."""
    for venv in (VENV, OLDER):
        if not (venv / "bin/python").exists():
            print("units: skipped on Python 3.11, because this machine has none", flush=True)
            continue
        version = version_of(venv)
        results = COPY / "tests/output/junit"
        shutil.rmtree(results, ignore_errors=True)
        good = ansible_test(stage, version, venv, "units", "--local", "--python", version)
        reports = sorted(results.glob("*.xml"))
        for report in reports:
            stage.count_report(report, good)
        if not reports:
            stage.count(0, 1)


def sanity(stage: Stage) -> None:
    """Sanity tests of ansible-test."""
    link_interpreters()
    bring_get_pip()
    version = version_of(VENV)
    good = ansible_test(stage, version, VENV, "sanity", "--local", "--python", version)
    said = (LOGS / f"sanity-{version}.log").read_text()
    ran = set(re.findall(r'^Running sanity test "([^"]+)"', said, re.M))
    bad = re.search(r"The (\d+) sanity test\(s\) listed below", said)
    failed = int(bad.group(1)) if bad else int(not good)
    stage.count(max(len(ran) - failed, 0), failed)


def molecule(stage: Stage) -> None:
    """Every scenario: pristine check mode, converge, idempotence, verify, reboot, verify."""
    if not stage.check("engine", "tests/hosts/host", "check"):
        return
    for scenario in sorted(path.parent.name for path in (ROOT / "molecule").glob("*/molecule.yml")):
        stage.check(
            scenario,
            VENV / "bin/molecule",
            "-c",
            ROOT / ".config/molecule/config.yml",
            "test",
            "-s",
            scenario,
            MOLECULE_EPHEMERAL_DIRECTORY=str(CACHE / "molecule" / scenario),
            ANSIBLE_HOME=str(CACHE / "ansible-home"),
        )


def system(stage: Stage) -> None:
    """What molecule cannot express."""
    if not stage.check("engine", "tests/hosts/host", "check"):
        return
    report = LOGS / "system.xml"
    report.unlink(missing_ok=True)
    good = stage.run(
        "pytest",
        VENV / "bin/pytest",
        "-q",
        "-n3",
        "--dist=loadfile",
        "--durations=25",
        "--junitxml",
        report,
        "tests/system",
    )
    stage.count_report(report, good)


def deploys(stage: Stage) -> None:
    """What a deploy costs: a cut of the table of `make test-deploys`, and what makes that table."""
    report = LOGS / "deploys.xml"
    report.unlink(missing_ok=True)
    good = stage.run("pytest", VENV / "bin/pytest", "-q", "--junitxml", report, "tests/deploys")
    stage.count_report(report, good)
    if not stage.check("engine", "tests/hosts/host", "check"):
        return
    table = CACHE / "deploys-short.json"
    table.unlink(missing_ok=True)
    good = stage.run("table", VENV / "bin/python", "tests/deploys/run.py", "--short")
    rows = json.loads(table.read_text())["rows"] if table.is_file() else []
    judged = [row for row in rows if row["limits"]]
    missed = sum(bool(row["missed"]) for row in judged)
    stage.count(len(judged) - missed, missed or int(not good))


# ---- helpers --------------------------------------------------------------------------------------------------


def ask(python: object, code: str) -> str | None:
    """Return what a line of Python prints, or None if this interpreter cannot run it."""
    try:
        said = subprocess.run([str(python), "-c", code], check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return said.stdout.strip()


def link_interpreters() -> None:
    """Give ansible-test the interpreters that really run, and no shims."""
    target = CACHE / "pythons"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for minor in range(9, 16):
        name = f"python3.{minor}"
        places = [shutil.which(name), *Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/python")]
        for place in places:
            if place is None:
                continue
            real = ask(place, "import os, ssl, venv, sys; print(os.path.realpath(sys._base_executable))")
            if real:
                (target / name).symlink_to(real)
                break


def bring_get_pip() -> None:
    """Where ansible-test's bootstrap script is out of reach, put one into its cache that uses Python's own pip."""
    library = ask(VENV / "bin/python", "import ansible_test; print(ansible_test.__path__[0])")
    versions = set(re.findall(r"\bpip='([\d.]+)'", Path(f"{library}/_internal/python_requirements.py").read_text()))
    cache = CACHE / "home/.ansible/test/cache"
    missing = [version for version in versions if not (cache / f"get_pip_{version.replace('.', '_')}.py").exists()]
    if not missing:
        return
    reachable = ["curl", "-sfI", "-m", "10", "-o", os.devnull, GET_PIP.format(missing[0])]
    if shutil.which("curl") and subprocess.run(reachable, check=False).returncode == 0:
        return
    cache.mkdir(parents=True, exist_ok=True)
    for version in missing:
        (cache / f"get_pip_{version.replace('.', '_')}.py").write_text(
            "import ensurepip, subprocess, sys\n"
            "ensurepip.bootstrap()\n"
            "options = [option for option in sys.argv[1:] if option not in ('--no-setuptools', '--no-wheel')]\n"
            "sys.exit(subprocess.call([sys.executable, '-m', 'pip', 'install', *options]))\n"
        )


# ---- command line ------------------------------------------------------------------------------------------------

# One mostly computes on one CPU, the other mostly waits for hosts.
TOGETHER = {"sanity", "molecule"}
STAGES = {stage.__name__: stage for stage in (setup, lint, units, sanity, molecule, system, deploys)}


def groups(names: list[str]) -> list[list[str]]:
    """Stages that may run at the same time, where they follow one another."""
    found: list[list[str]] = []
    for name in names:
        if found and TOGETHER.issuperset([name, *found[-1]]):
            found[-1].append(name)
        else:
            found.append([name])
    return found


def run_stage(name: str) -> Stage:
    """Run one stage and print how it went."""
    stage = Stage(name)
    started = time.monotonic()
    STAGES[name](stage)
    for log in stage.logs:
        lines = log.read_text(errors="replace").splitlines()
        print(f"\n---- {log.relative_to(ROOT)} (the last of {len(lines)} lines)", *lines[-60:], sep="\n")
    verdict = f"FAILED, {stage.failed} of {stage.passed + stage.failed}" if stage.failed else "ok"
    print(f"{name}: {verdict} ({time.monotonic() - started:.0f} s)", flush=True)
    return stage


def main() -> int:
    """Run the stages that are named; return 1 if anything failed."""
    LOGS.mkdir(parents=True, exist_ok=True)
    passed = failed = 0
    for names in groups(sys.argv[1:]):
        with ThreadPoolExecutor() as pool:
            for stage in pool.map(run_stage, names):
                passed += stage.passed
                failed += stage.failed
        if "setup" in names and failed:
            break
    print(f"{passed} passed, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
