#!/bin/sh
# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Runs while the image is built: trusts those certificates of host-bundle.pem (if it is there) that Debian does not know.
set -eu
cd "$(dirname "$0")"
[ -s host-bundle.pem ] || exit 0
bundle=/etc/ssl/certs/ca-certificates.crt

python3 - host-bundle.pem "$bundle" /usr/local/share/ca-certificates <<'PY'
import re
import sys

PEM = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", re.S)


def certificates(path):
    with open(path) as stream:
        return PEM.findall(stream.read())


theirs, stock, target = sys.argv[1:]
known = set(certificates(stock))
for number, block in enumerate(block for block in certificates(theirs) if block not in known):
    with open(f"{target}/outside-{number}.crt", "w") as out:
        out.write(block)
PY
update-ca-certificates >/dev/null 2>&1

# pip and uv bring a bundle of their own unless they are told; sessions and services are told alike.
printf 'SSL_CERT_FILE=%s\nPIP_CERT=%s\n' "$bundle" "$bundle" >>/etc/environment
mkdir -p /etc/systemd/system.conf.d
printf '[Manager]\nDefaultEnvironment=SSL_CERT_FILE=%s PIP_CERT=%s\n' "$bundle" "$bundle" \
  >/etc/systemd/system.conf.d/outside-ca.conf
