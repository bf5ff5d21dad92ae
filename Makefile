# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# `make` without a target lists all targets.
.DEFAULT_GOAL := help
.PHONY: help demo test test-fast setup lint units sanity molecule system deploys test-deploys test-security bench clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z -]+:.*## /{printf "make %-42s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## turn a container into a host with three real apps, on 127.0.0.1
	@tests/setup
	@python3 tests/demo/demo.py

test: ## everything; needs podman or docker (or Debian and root)
	@python3 tests/stages.py setup lint units sanity molecule system deploys

test-fast: ## the stages that need no container
	@python3 tests/stages.py setup lint units sanity

lint units sanity molecule system deploys: ## one stage of `make test`
	@python3 tests/stages.py setup $@

test-security: ## attacks by repositories, packages, builds, apps, users and clients: the whole table (about 20 minutes)
	@tests/setup
	@.cache/venv/bin/python tests/security/run.py

test-deploys: ## what good and broken deploys cost under load: the whole table (about 25 minutes)
	@tests/setup
	@.cache/venv/bin/python tests/deploys/run.py

setup: ## create the virtual environments in .cache, and the copy of the collection for the tests
	@tests/setup --older

bench: ## how long runs take, and what the profiles gain (about 20 minutes)
	@tests/setup
	@.cache/venv/bin/python tests/bench/run.py

clean: ## remove the test hosts and everything else that make created
	@if [ -d .cache/hosts ]; then tests/hosts/host clean; fi
	@rm -rf .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis tests/output .ansible .nox
