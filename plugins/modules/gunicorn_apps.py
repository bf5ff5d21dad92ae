#!/usr/bin/python
# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gunicorn_apps
short_description: Converge all Gunicorn apps on a host
version_added: 0.1.0
author:
  - wsgiops contributors (@wsgiops)
description:
  - Compares users, releases, systemd units and running processes of all apps with their declaration in one call,
    and changes what differs.
  - Everything that defines how an app runs is part of one immutable release below C(/srv/gunicorn/APP/releases), named
    after the digest of its inputs. If the declaration has not changed, its release already exists, and nothing is done.
  - A new release is built next to the running one, checked, and booted as a canary on its own socket. Then a stand-in
    of the new release serves on the real socket, alongside the old release, while the service is restarted with the new
    one. The stand-in is stopped only when all workers have booted and the app is healthy. Otherwise the previous
    release is put back, and verified in the same way.
  - A deploy runs to its end even if the connection to the host is lost.
  - Unpinned requirements are resolved once and stored as a lock in the release's manifest.
  - The action plugin of the same name validates the declaration on the controller, so that invalid input changes
    nothing.
extends_documentation_fragment:
  - wsgiops.gunicorn.attributes.converges
  - wsgiops.gunicorn.attributes.group_all
  - wsgiops.gunicorn.options.deploy_lock
  - wsgiops.gunicorn.options.host_result
  - wsgiops.gunicorn.options.platforms
  - wsgiops.gunicorn.requirements
attributes:
  check_mode:
    description:
      - Predicts exactly the changes that a real run then reports, even on a pristine host.
      - What O(apps[].upgrade) finds on the package index is only known in a real run; a warning says so.
  diff_mode:
    description: Shows one diff for each file. Secrets are never shown.
options:
  apps:
    description: The apps. The role and the action plugin also accept a dictionary by name.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
          - Lower-case letters, digits, V(_) and single V(-), at most 22 characters. The service user is
            C(gunicorn-NAME).
        type: str
        required: true
      state:
        description:
          - V(absent) removes units, releases and virtual environments; C(shared/) is kept without O(apps[].purge).
        type: str
        choices: [present, absent]
        default: present
      purge:
        description: With O(apps[].state=absent), also remove C(shared/) and the service user.
        type: bool
        default: false
      app:
        description: The callable to serve, as C(module:callable). Required unless the app is absent.
        type: str
      source:
        description: Where the code comes from. Exactly one of C(packages), C(git), C(archive), C(local) and C(path).
        type: dict
        suboptions:
          packages:
            description: Requirement specifiers of packages from the index.
            type: list
            elements: str
          git:
            description: A repository that the host can read without a password prompt.
            type: str
          version:
            description:
              - Branch, tag or commit of O(apps[].source.git); by default the repository's C(HEAD).
              - A branch is looked up in every run. A tag or commit is resolved once.
            type: str
          archive:
            description: A wheel, sdist, tar or zip. The host downloads a URL; the controller sends a file.
            type: str
          checksum:
            description: The checksum of O(apps[].source.archive), as C(sha256:HEX).
            type: str
          local:
            description: A directory on the controller, sent as one archive.
            type: str
          ignore:
            description:
              - Patterns for names and paths in O(apps[].source.local) that are not sent, in addition to version control
                and caches.
              - Files that usually contain secrets (C(.env.production), private keys, C(.netrc), SQLite databases …) are
                not sent either, with a warning that names them. C(!NAME) sends what matches C(NAME) anyway.
            type: list
            elements: str
          path:
            description: A directory on the host that something else manages.
            type: str
          venv:
            description: A virtual environment on the host that contains Gunicorn, for use with O(apps[].source.path).
            type: str
          subdir:
            description: The project's directory inside the source.
            type: str
      requirements:
        description:
          - A requirements file inside the source, or a list of requirement specifiers.
          - By default the first of C(uv.lock), C(requirements.txt) and C(pyproject.toml) that exists. Hashes
            are honoured.
        type: raw
      python:
        description: Name or path of the interpreter on the host.
        type: str
        default: python3
      gunicorn_version:
        description: Exact version of Gunicorn, 20.1 or newer. By default the newest that the requirements allow.
        type: str
      extras:
        description: Extras of Gunicorn to install, in addition to those that the worker class needs.
        type: list
        elements: str
        default: []
      upgrade:
        description: Resolve unpinned requirements again. A new release is built only if that yields other packages.
        type: bool
        default: false
      wheels_only:
        description:
          - Install wheels only, so that no code of a package runs while packages are resolved and installed.
          - A package without a wheel for this host's Python is an error that names it.
        type: bool
        default: false
      require_hashes:
        description:
          - Refuse every package, C(gunicorn) included, for which the app's own files have no sha256.
          - C(uv.lock) and requirements files with C(--hash) have them. A wheel from the controller, or with a
            C(checksum) in O(apps[].source), counts as well.
        type: bool
        default: false
      profile:
        description: The kind of load. It determines worker class, workers, threads and connections.
        type: str
        choices: [cpu, io, mixed, realtime]
        default: mixed
      requests:
        description:
          - The kind of requests. It sets how long a request may take, unless C(timeout) in O(apps[].settings) does.
            V(api) is 30 seconds, V(report) and V(upload) are 120.
        type: str
        choices: [api, report, upload]
      settings:
        description: Gunicorn settings by name. The release's own Gunicorn validates them before anything changes.
        type: dict
        default: {}
      hooks:
        description:
          - A Python file inside the source, relative to C(source.subdir), with Gunicorn's server hooks as
            functions, for example C(post_fork). A setting in it is refused.
          - It is executed before running processes are touched, as the service user in the service's sandbox.
        type: str
      access_log:
        description:
          - Whether Gunicorn itself writes a line for each request to the journal. nginx always writes one.
          - V(json) is one valid JSON object per line, with the request id from nginx, and without the query string,
            which may contain a token. It is not available with uvicorn's worker, which writes its own log.
          - V(text) is Gunicorn's own format, or C(access_log_format).
        type: str
        choices: [none, text, json]
        default: none
      log_memory:
        description: Whether a worker logs its number of requests and its peak memory (MiB) when it exits.
        type: bool
        default: false
      env:
        description:
          - Environment of the service and of the commands. C({src}), C({shared}) and C({venv}) are replaced with the
            release's paths.
          - C(GUNICORN_WORKERS) and C(WEB_CONCURRENCY) set the number of workers, unless O(apps[].settings) does.
        type: dict
        default: {}
      secret_env:
        description: Like O(apps[].env), in a file that only root can read, and never shown.
        type: dict
      secrets_in:
        description:
          - How the service receives O(apps[].secret_env). V(environment) passes them as environment variables, which
            child processes and error pages may show.
          - With V(credentials) each is a file with the variable's name in C($CREDENTIALS_DIRECTORY), which only the
            service can read (C(LoadCredential)). The app has to read it there. Build and release commands still get
            environment variables.
        type: str
        choices: [environment, credentials]
        default: environment
      build:
        description:
          - Commands that build something in the source, before the release goes live. They run as the app's build user,
            without network and without O(apps[].secret_env), and can write to the source only.
        type: list
        elements: str
        default: []
      build_network:
        description: Whether build commands may use the network, for example for C(npm ci).
        type: bool
        default: false
      build_secrets:
        description: Names from O(apps[].secret_env) that build commands get in their environment.
        type: list
        elements: str
        default: []
      release:
        description:
          - Commands that run once per deploy, as the service user, before the canary boots; for example a migration.
        type: list
        elements: str
        default: []
      strategy:
        description:
          - How running processes are replaced. V(seamless) starts the new release alongside the old one on the same
            socket, and only then stops the old one. V(restart) does not need memory for a second generation; requests
            wait in the socket's queue in the meantime. V(auto) is V(seamless) if there is enough memory, else
            V(restart); the result says why.
          - V(reload) sends HUP. That can only load code in O(apps[].source.path); for everything else it is
            refused, because a master keeps the paths, settings and environment that it was started with.
        type: str
        choices: [auto, seamless, restart, reload]
        default: auto
      instances:
        description:
          - Several pools of workers for the same code, by name. Each may have C(profile), C(requests), C(settings)
            (added to those of the app), C(routes) and C(bind).
          - By default one instance called C(web).
        type: dict
      routes:
        description: URL prefixes that nginx sends to the app; by default V(/).
        type: list
        elements: str
      bind:
        description: C(address:port) to listen on instead of the Unix socket that only the proxy's group can open.
        type: str
      server_name:
        description: Host names of the app.
        type: list
        elements: str
        default: []
      static:
        description:
          - Directories that nginx serves, by URL prefix; absolute, relative to the source, or below C({shared}).
          - The whole source, all of C({shared}), system directories and those of other apps are refused.
        type: dict
        default: {}
      health:
        description: The request that proves that the app serves.
        type: dict
        default: {}
        suboptions:
          path:
            description: URL path, with a query string if needed.
            type: str
            default: /
          method:
            description: Method of the request, which is sent without a body.
            type: str
            choices: [GET, HEAD, OPTIONS, POST]
            default: GET
          host:
            description: Host header; by default the first name of O(apps[].server_name).
            type: str
          status:
            description: Status codes that are healthy; by default any below 500.
            type: list
            elements: int
          headers:
            description:
              - Response headers, each with a regular expression that is searched in its value. An empty one
                only requires the header.
            type: dict
          body:
            description:
              - Regular expression that is searched in the first 64 KiB of the body.
              - Quote it with single quotes. If it contains two opening braces in a row, or one before C(%) or C(#), add
                C(!unsafe), or Jinja evaluates it.
            type: raw
          timeout:
            description: Seconds for one complete response.
            type: float
            default: 5.0
          within:
            description: Seconds within which the new workers must become healthy.
            type: float
            default: 60.0
          successes:
            description: Number of consecutive healthy responses that are required.
            type: int
            default: 1
          settle:
            description: Seconds after which the check is repeated; V(0) does not repeat it.
            type: float
            default: 0.5
      user:
        description: The service user; by default C(gunicorn-NAME).
        type: str
      worker_memory:
        description: Memory of one worker, for example V(150M). By default the memory measured when the app was
          imported, plus room for requests; until then 150 MiB are assumed.
        type: str
      memory_budget:
        description: Memory for all workers of an instance. By default 75 % of the host's, shared by all instances.
        type: str
      limits:
        description: Limits of the service.
        type: dict
        default: {}
        suboptions:
          nofile:
            description:
              - Open-file limit of each process (C(LimitNOFILE)); the kernel counts per process (setrlimit(2)).
              - By default 2 for each connection that a worker may hold (C(worker_connections); 1 with C(sync)) plus
                1024, and at least 8192. Worker classes that ignore C(worker_connections) (ASGI, C(tornado), your own)
                get 65536, or the host's maximum if that is lower.
            type: int
          nproc:
            description: Maximum number of processes of the user (C(LimitNPROC)).
            type: int
          tasks_max:
            description:
              - Maximum number of processes and threads of the service (C(TasksMax)).
              - By default 256 plus Gunicorn's threads for each worker, and at least 2048; nothing if the kernel cannot
                limit them.
            type: int
          memory_high:
            description: Memory above which the kernel throttles the service (C(MemoryHigh)).
            type: str
          memory_max:
            description: Memory above which the kernel kills a worker (C(MemoryMax)). By default 90 % of the host's.
            type: str
      sandbox:
        description:
          - Sandbox directives of the unit to relax for this app. For directives with a list, V("") opens everything.
        type: list
        elements: dict
        default: []
        suboptions:
          directive:
            description: The directive, for example V(MemoryDenyWriteExecute).
            type: str
            required: true
          value:
            description: Its value for this app.
            type: str
            required: true
          reason:
            description: Why this app needs it.
            type: str
            required: true
      egress:
        description:
          - To which addresses the service may connect. Without this option these are all but the metadata services of
            clouds. Requests to the app are not affected.
        type: dict
        suboptions:
          allow:
            description: Addresses and networks besides the loopback addresses, for example V(10.20.0.0/16).
            type: list
            elements: str
            default: []
      systemd:
        description:
          - Directives to add to the units, by section (C(Unit), C(Service), C(Socket), C(Install)).
          - A directive replaces the role's own of the same name, but lists of paths and addresses are added to it.
        type: dict
        default: {}
      keep_releases:
        description: Number of releases to keep. One that a running process uses is always kept.
        type: int
        default: 5
      proxy:
        description: The app's site in nginx; read by M(wsgiops.gunicorn.gunicorn_proxy), ignored here.
        type: dict
        default: {}
        suboptions:
          enabled:
            description: Whether the app has a site.
            type: bool
            default: true
          listen:
            description: Ports, or C(address:port), for plain HTTP.
            type: list
            elements: str
            default: ['80']
          tls:
            description: HTTPS with a certificate that already exists on the host.
            type: dict
            suboptions:
              certificate:
                description: Absolute path of the certificate chain.
                type: str
                required: true
              key:
                description: Absolute path of the private key.
                type: str
                required: true
              listen:
                description: Ports, or C(address:port), for HTTPS.
                type: list
                elements: str
                default: ['443']
              redirect:
                description: Redirect plain HTTP to HTTPS.
                type: bool
                default: true
              hsts:
                description: C(max-age) of C(Strict-Transport-Security) in seconds; V(0) does not send the header.
                type: int
                default: 0
          client_max_body_size:
            description: Largest request body, in bytes or with V(k), V(m), V(g); V(0) means no limit.
            type: str
            default: 1m
          buffering:
            description: Whether nginx buffers responses, so that slow clients do not occupy workers.
            type: bool
            default: true
          streaming:
            description: URL prefixes that stream; they are unbuffered and have a long timeout.
            type: list
            elements: str
            default: []
          streaming_timeout:
            description: Seconds without a byte after which a streaming connection is closed.
            type: int
            default: 3600
          keepalive:
            description: Idle connections to the app that each nginx worker keeps; V(0) opens one for every request.
            type: int
            default: 0
          static_expires:
            description: How long browsers may cache static files, as an nginx time, V(max) or V(off).
            type: str
            default: 1h
          headers:
            description: Response headers that nginx adds.
            type: dict
            default: {}
          access_log:
            description: Whether nginx writes JSON lines to C(/var/log/nginx/gunicorn-NAME.access.log).
            type: bool
            default: true
          log_query:
            description:
              - Whether these lines contain query strings, also those of referers.
              - Off by default, because they may contain passwords and tokens.
            type: bool
            default: false
          client_headers:
            description:
              - Headers that nginx drops by default, but that the app is to get as clients send them, for example
                C(X-HTTP-Method-Override).
            type: list
            elements: str
            default: []
          static_all_files:
            description:
              - Whether nginx also serves files from static directories that look private, such as Python code,
                databases, keys and lists of requirements. Hidden files are never served.
            type: bool
            default: false
          static_links:
            description:
              - Whether nginx follows every symbolic link in static directories.
              - By default it follows none in a release, and elsewhere only links whose owner also owns the target.
            type: bool
            default: false
          client_body_timeout:
            description: Seconds that may pass between two parts of a request body; by default as on the host.
            type: int
          send_timeout:
            description: Seconds that may pass until a client accepts more of a response; by default as on the host.
            type: int
          limit_conn:
            description:
              - Requests of one client address that may be in progress at the same time, over all sites; by default as
                on the host. V(0) sets no limit.
            type: int
  installer:
    description:
      - What builds virtual environments. V(auto) is C(/usr/local/lib/wsgiops/uv) if that exists, else C(pip).
    type: str
    choices: [auto, uv, pip]
    default: auto
  installer_env:
    description: Environment of the installer, for example C(UV_DEFAULT_INDEX) or C(HTTPS_PROXY). Treated as secret.
    type: dict
  worker_tmp_dir:
    description:
      - Gunicorn's C(worker_tmp_dir). V(auto) is the tmpfs of M(wsgiops.gunicorn.gunicorn_host) if that is
        declared, else C(/run/gunicorn-worker-tmp). Each service has a small tmpfs of its own there, which no other
        process sees. Directories that apps use for other things too, such as C(/dev/shm), are used as they are.
    type: str
    default: auto
  proxy_group:
    description: The group that can open the sockets; by default that of the platform's nginx.
    type: str
  release_commands:
    description: Whether to run the release commands on this host.
    type: bool
    default: true
  only:
    description: Names of the apps to handle; by default all.
    type: list
    elements: str
    default: []
  version:
    description: Version to deploy instead of the declared one. Requires one app in O(only), with a C(git) source.
    type: str
  secrets:
    description: Set by the action plugin, which sends all secrets separately.
    type: str
  sources:
    description: Set by the action plugin to what it knows about sources on the controller.
    type: dict
    default: {}
  uploads:
    description: Set by the action plugin to the paths of the sources that it copied to the host.
    type: dict
    default: {}
  who:
    description: Set by the action plugin. Who deploys, for the history.
seealso:
  - module: wsgiops.gunicorn.gunicorn_host
  - module: wsgiops.gunicorn.gunicorn_proxy
  - module: wsgiops.gunicorn.gunicorn_health
"""

EXAMPLES = r"""
- name: Serve httpbin from the package index
  wsgiops.gunicorn.gunicorn_apps:
    platforms: "{{ platforms }}"
    apps:
      - name: httpbin
        app: httpbin:app
        source:
          packages: [httpbin]
        profile: io
        health:
          path: /status/200

- name: Deploy a tag of a Django project, with static files and a migration
  wsgiops.gunicorn.gunicorn_apps:
    platforms: "{{ platforms }}"
    apps:
      - name: shop
        app: shop.wsgi:application
        source:
          git: https://git.example.com/shop.git
          version: v1.4.2
        env:
          DJANGO_SETTINGS_MODULE: shop.settings
        secret_env: "{{ vault_shop_env }}"
        build: [python manage.py collectstatic --noinput]
        build_secrets: [SECRET_KEY]
        release: [python manage.py migrate --noinput]
"""

RETURN = r"""
changes:
  description: What was changed or, in check mode, would be; one line each, in order, prefixed with the app's name.
  returned: always
  type: list
  elements: str
  sample: ['shop: build virtual environment below /srv/gunicorn/shop/venvs']
apps:
  description: The apps by name.
  returned: always
  type: dict
  contains:
    failed:
      description: Whether this app failed. The others are converged anyway.
      type: bool
    failure:
      description:
        - Why the app failed, and at which step. A field that does not apply is empty.
        - The task prints it with the line breaks of the evidence. If any app failed, the result has only
          C(failed), C(changed), C(changes), C(failure), C(release) and C(previous) of each app.
      returned: when the app failed
      type: dict
      sample:
        step: check
        cause: "gunicorn_apps.shop.app: importing shop.wsgi failed: ModuleNotFoundError: No module named 'redis'"
        evidence: "/srv/gunicorn/shop/src/1fb93503dcb41ef7/shop/wsgi.py:7 in <module>\n    import redis"
        restored: No running process was changed.
    changes:
      description: The changes of this app; empty if it failed.
      type: list
      elements: str
    release:
      description: The release that is live now; empty if only a real run can know it.
      type: str
    previous:
      description: The release that was live before the run.
      type: str
    gunicorn:
      description: The installed version of Gunicorn.
      type: str
    instances:
      description: For each instance its address, worker class, workers, threads and the reasons for them.
      type: dict
    findings:
      description:
        - Findings about the declared settings, the most severe first. C(severity) is V(warning) for settings that have
          no effect or do harm, V(note) for what is easily misunderstood; errors stop the app. C(subject) is the
          variable to change.
        - Ansible also shows warnings, in runs that change the app.
      type: list
      elements: dict
      sample:
        - kind: setting-idle
          severity: warning
          subject: gunicorn_apps.shop.settings.keepalive
          app: shop
          seen: 'does nothing: a sync worker closes every connection after its answer.'
          fix: Leave it out.
    explained:
      description: Every number with its reason, then the findings, as lines for people.
      type: list
      elements: str
    strategy:
      description: How running processes were replaced, and why.
      returned: when processes were replaced
      type: dict
      sample: {strategy: seamless, why: as declared}
    import:
      description: The import check's report, as M(wsgiops.gunicorn.gunicorn_import_check) returns it.
      returned: when the check ran
      type: dict
    steps:
      description: The steps of the deploy in order, each with its seconds and its verdict.
      type: list
      elements: dict
    seconds:
      description: Seconds by step.
      type: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.options import MODULE_OPTIONS
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.answer import finish
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._host.modules.apps import run


def main() -> None:
    module = AnsibleModule(argument_spec=MODULE_OPTIONS, supports_check_mode=True)
    finish(module, run)


if __name__ == "__main__":
    main()
