# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# /// script
# dependencies = ["nox>=2025.02.09", "antsibull-nox"]
# ///

"""The checks that Ansible's community runs; `make test` is the whole suite."""

import sys

import nox

try:
    import antsibull_nox
except ImportError:
    sys.exit("You need to install antsibull-nox in the same Python environment as nox.")

antsibull_nox.load_antsibull_nox_toml()

if __name__ == "__main__":
    nox.main()
