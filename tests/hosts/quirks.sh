# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash

# Workarounds for hosts on which a systemd container does not run out of the box. Sourced by ./host.
# Every function first checks whether it is needed, and does nothing if not.

: "${state:?must be the directory where ./host keeps its files}" "${engine:=}"
quirk_packages='podman runc crun netavark aardvark-dns iptables uidmap mmdebstrap'
quirk_dir=/run/wsgiops-hosts

# There is no engine, but this is Debian and we are root: install podman.
quirk_install_engine() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  echo "hosts: no container engine works here; installing podman" >&2
  # shellcheck disable=SC2086
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $quirk_packages
  } >"$state/install-engine.log" 2>&1 || { tail -n 20 "$state/install-engine.log" >&2; return 1; }
}

# Hybrid cgroups: systemd in a container needs a unified hierarchy. It gets one in a mount namespace that all podman
# commands share (from another namespace, podman cannot see the containers' network). The rest of the host is untouched.
# crun refuses such a host, runc accepts it. Limits must not exceed the host's own.
quirk_cgroups() {
  [ "$(id -u)" = 0 ] && [ "$(uname -s)" = Linux ] || return 0
  [ "$(stat -fc %T /sys/fs/cgroup)" != cgroup2fs ] || return 0
  (
    flock 9
    if ! nsenter --mount="$quirk_dir/mnt" true 2>/dev/null; then
      mkdir -p "$quirk_dir"
      mountpoint -q "$quirk_dir" || mount -t tmpfs -o size=1m,mode=0700 tmpfs "$quirk_dir"
      mount --make-private "$quirk_dir"
      touch "$quirk_dir/mnt"
      unshare --mount="$quirk_dir/mnt" --propagation private \
        sh -c 'umount -l /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup'
    fi
    local nofile nproc
    nofile=$(ulimit -Hn)
    nproc=$(ulimit -Hu)
    [ "$nofile" != unlimited ] && [ "$nofile" -le 20000 ] || nofile=20000
    [ "$nproc" != unlimited ] && [ "$nproc" -le 4096 ] || nproc=4096
    cat >"$quirk_dir/containers.conf.new" <<CONF
[containers]
default_ulimits = ["nofile=$nofile:$nofile", "nproc=$nproc:$nproc"]
pids_limit = 0
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
[network]
network_backend = "netavark"
CONF
    mv "$quirk_dir/containers.conf.new" "$quirk_dir/containers.conf"
  ) 9>/run/lock/wsgiops-hosts.lock || return 1
  engine=(env CONTAINERS_CONF="$quirk_dir/containers.conf" nsenter --mount="$quirk_dir/mnt" podman)
}

# Without a registry, build the base image from Debian's archive. Prints the name of the base image for SUITE.
quirk_base() {
  local suite=$1 official=docker.io/library/debian:$1-slim own=localhost/wsgiops-base:$1
  if "${engine[@]}" image inspect "$own" >/dev/null 2>&1; then echo "$own"; return; fi
  if "${engine[@]}" image inspect "$official" >/dev/null 2>&1 ||
    timeout 300 "${engine[@]}" pull -q "$official" >/dev/null 2>"$state/pull.log"; then echo "$official"; return; fi
  command -v mmdebstrap >/dev/null || quirk_install_engine || {
    echo "hosts: $official cannot be pulled ($(tail -n 1 "$state/pull.log")) and mmdebstrap is not installed" >&2
    return 1
  }
  echo "hosts: no registry is reachable; building $suite from Debian's archive" >&2
  mmdebstrap -q --variant=minbase "$suite" "$state/$suite.tar" >&2 &&
    "${engine[@]}" import -q "$state/$suite.tar" "$own" >/dev/null 2>&1 || return 1
  rm -f "$state/$suite.tar"
  echo "$own"
}

# If outgoing TLS is re-signed on the way, copy the host's certificates into the directory DIR, for the image.
quirk_certificates() {
  local bundle=${SSL_CERT_FILE:-${CURL_CA_BUNDLE:-${REQUESTS_CA_BUNDLE:-}}}
  if [ -n "$bundle" ] && [ -s "$bundle" ]; then cp "$bundle" "$1/host-bundle.pem"; fi
}

# A new container cannot be reached while the kernel still has the old hardware address for its IP address.
quirk_neighbours() {
  case "${engine[0]}" in env) ip neigh flush to "$1" >/dev/null 2>&1 || true ;; esac
}
