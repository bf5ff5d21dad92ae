#!/usr/bin/python
# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gunicorn_apps
short_description: Converge all Gunicorn apps of a host
version_added: 0.1.0
author:
  - wsgiops contributors (@wsgiops)
description:
  - Compares users, releases, systemd units and running processes of all apps with their declaration in one call,
    and changes what differs.
  - All that defines how an app runs is one immutable release below C(/srv/gunicorn/APP/releases), named by the
    digest of its inputs. The same declaration finds its release again and does nothing.
  - A new release is built beside the running one, checked, and booted as a canary on a socket of its own. Then a
    stand-in of it serves on the real socket, beside the old release, while the service is restarted into the new
    one. All workers must have booted and the app must answer before the stand-in goes. Otherwise the release that ran
    before is put back, and proven in the same way.
  - A deploy goes on to its end when the connection to the host is lost.
  - Unpinned requirements are resolved once and kept as a lock in the release's manifest.
  - The action plugin of the same name checks the declaration on the controller, so that wrong input changes nothing.
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
      - Predicts exactly the changes that a real run then reports, also on a host that has nothing yet.
      - What O(apps[].upgrade) finds on the index is known only in a real run; a warning says so.
  diff_mode:
    description: Shows one difference for each file; secret content is never shown.
options:
  apps:
    description: The apps. The role takes them as a dictionary by name, and so does the action plugin.
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
          - V(absent) removes units, releases and virtual environments; C(shared/) stays unless O(apps[].purge).
        type: str
        choices: [present, absent]
        default: present
      purge:
        description: With O(apps[].state=absent), remove C(shared/) and the service user as well.
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
            description: A repository that the host can read without being asked for a password.
            type: str
          version:
            description:
              - Branch, tag or commit of O(apps[].source.git); by default the repository's C(HEAD).
              - A branch is looked up in each run. A tag or commit is resolved once.
            type: str
          archive:
            description: A wheel, sdist, tar or zip. A URL is fetched by the host, a file is sent by the controller.
            type: str
          checksum:
            description: What O(apps[].source.archive) must be, as C(sha256:HEX).
            type: str
          local:
            description: A directory on the controller, sent as one archive.
            type: str
          ignore:
            description:
              - Patterns of names and paths in O(apps[].source.local) that are not sent, beside version control and
                caches.
            type: list
            elements: str
          path:
            description: A directory on the host that somebody else manages.
            type: str
          venv:
            description: A virtual environment on the host, with Gunicorn in it, that goes with O(apps[].source.path).
            type: str
          subdir:
            description: The project's directory within the source.
            type: str
      requirements:
        description:
          - A requirements file within the source, or a list of requirement specifiers.
          - By default the first of C(uv.lock), C(requirements.txt) and C(pyproject.toml) that is there. Hashes
            are honoured.
        type: raw
      python:
        description: Name or path of the interpreter on the host.
        type: str
        default: python3
      gunicorn_version:
        description: Exact version of Gunicorn, from 20.1 on. By default the newest that the requirements allow.
        type: str
      extras:
        description: Extras of Gunicorn to install, beside those that the worker class needs.
        type: list
        elements: str
        default: []
      upgrade:
        description: Resolve unpinned requirements anew. A release is made only when that gives other packages.
        type: bool
        default: false
      profile:
        description: The kind of load. It chooses worker class, workers, threads and connections.
        type: str
        choices: [cpu, io, mixed, realtime]
        default: mixed
      requests:
        description:
          - The kind of requests. It gives the time that one may take, unless C(timeout) in O(apps[].settings) does.
            V(api) is 30 seconds, V(report) and V(upload) are 120.
        type: str
        choices: [api, report, upload]
      settings:
        description: Settings of Gunicorn by name. Checked by the Gunicorn of the release before anything changes.
        type: dict
        default: {}
      hooks:
        description:
          - A Python file inside the source, relative to it and to C(source.subdir), with Gunicorn's server hooks as
            functions, for example C(post_fork). Everything else in it that is a setting is refused.
          - It is run before anything that runs is touched, as the service user in the service's sandbox.
        type: str
      access_log:
        description:
          - Whether Gunicorn itself writes a line for each request to the journal. nginx writes one in any case.
          - V(json) is one valid JSON object per line, with the request id that nginx gave, and without the query, which
            may hold a token. Not with uvicorn's worker, which writes its log by itself.
          - V(text) is Gunicorn's own format, or C(access_log_format).
        type: str
        choices: [none, text, json]
        default: none
      log_memory:
        description: Whether a worker writes its requests and the most memory it had (MiB) to the log when it ends.
        type: bool
        default: false
      env:
        description:
          - Environment of the service and of the commands. C({src}), C({shared}) and C({venv}) stand for the
            release's paths.
          - C(GUNICORN_WORKERS) and C(WEB_CONCURRENCY) set the number of workers, unless O(apps[].settings) does.
        type: dict
        default: {}
      secret_env:
        description: Like O(apps[].env), in a file that only root reads, and shown nowhere.
        type: dict
      build:
        description: Commands that make something of the source, run as the service user before the release goes live.
        type: list
        elements: str
        default: []
      release:
        description:
          - Commands that run once per deploy, as the service user, right before the switch; for example a
            migration.
        type: list
        elements: str
        default: []
      strategy:
        description:
          - How running processes are replaced. V(seamless) starts the new release beside the old one on the same
            socket, and stops the old one only then. V(restart) needs no second generation in memory; requests wait
            in the socket's queue meanwhile. V(auto) is V(seamless) as long as memory allows it, and says why.
          - V(reload) sends HUP. Only code in O(apps[].source.path) can be loaded that way; for everything else it is
            refused, because a master keeps the paths, settings and environment that it was started with.
        type: str
        choices: [auto, seamless, restart, reload]
        default: auto
      instances:
        description:
          - Several kinds of worker for the same code, by name. Each may have C(profile), C(requests), C(settings)
            (added to those of the app), C(routes) and C(bind).
          - By default one instance called C(web).
        type: dict
      routes:
        description: URL prefixes that nginx sends to the app; by default V(/).
        type: list
        elements: str
      bind:
        description: C(address:port) to listen on instead of the unix socket that only the proxy's group can open.
        type: str
      server_name:
        description: Host names of the app.
        type: list
        elements: str
        default: []
      static:
        description:
          - Directories that nginx serves, by URL prefix. Relative to the source, or with C({shared}), or absolute.
        type: dict
        default: {}
      health:
        description: The request that proves that the app serves.
        type: dict
        default: {}
        suboptions:
          path:
            description: URL path, with its query if there is one.
            type: str
            default: /
          method:
            description: Method of the request. None has a body.
            type: str
            choices: [GET, HEAD, OPTIONS, POST]
            default: GET
          host:
            description: Host header; by default the first name of O(apps[].server_name).
            type: str
          status:
            description: Statuses that are healthy; by default any below 500.
            type: list
            elements: int
          headers:
            description:
              - Headers of the answer, each with a regular expression that is searched in its value. An empty one
                only asks for the header.
            type: dict
          body:
            description:
              - Regular expression that is searched in the first 64 KiB of the body.
              - Quote it with single quotes. One that has two opening braces in a row, or one before C(%) or C(#), needs
                C(!unsafe) as well, or Jinja takes it.
            type: raw
          timeout:
            description: Seconds for one whole answer.
            type: float
            default: 5.0
          within:
            description: Seconds until the new workers must have answered.
            type: float
            default: 60.0
          successes:
            description: How many healthy answers in a row it takes.
            type: int
            default: 1
          settle:
            description: Seconds after which the same answer is asked for again; V(0) does not ask again.
            type: float
            default: 0.5
      user:
        description: The service user; by default C(gunicorn-NAME).
        type: str
      worker_memory:
        description: Memory of one worker, for example V(150M). By default 150 MiB are assumed.
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
              - Open files of each process (C(LimitNOFILE)), which the kernel counts apart (C(setrlimit(2\))).
              - By default 2 for each connection that a worker may hold (C(worker_connections); with C(sync) it is 1)
                and 1024 more; 8192 at least. Classes that do not read it (ASGI, C(tornado), your own) get 65536, or as
                many as the host can give.
            type: int
          nproc:
            description: Processes of the user (C(LimitNPROC)).
            type: int
          tasks_max:
            description: Tasks of the service (C(TasksMax)).
            type: int
          memory_high:
            description: Memory above which the kernel slows the service (C(MemoryHigh)).
            type: str
          memory_max:
            description: Memory above which the kernel kills a worker (C(MemoryMax)).
            type: str
      sandbox:
        description: Switches of the unit's sandbox to open for this app.
        type: list
        elements: dict
        default: []
        suboptions:
          directive:
            description: The switch, for example V(MemoryDenyWriteExecute).
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
      systemd:
        description: Directives to add to the units, by section (C(Unit), C(Service), C(Socket), C(Install)).
        type: dict
        default: {}
      keep_releases:
        description: How many releases are kept. One that a live process uses always is.
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
            description: HTTPS with a certificate that is on the host.
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
                description: Answer plain HTTP with a redirect to HTTPS.
                type: bool
                default: true
              hsts:
                description: Seconds of C(Strict-Transport-Security); V(0) sends no such header.
                type: int
                default: 0
          client_max_body_size:
            description: Largest request body, in bytes or with V(k), V(m), V(g); V(0) is without limit.
            type: str
            default: 1m
          buffering:
            description: Whether nginx takes whole answers and feeds slow clients itself.
            type: bool
            default: true
          streaming:
            description: URL prefixes that stream; unbuffered, with a long time-out.
            type: list
            elements: str
            default: []
          streaming_timeout:
            description: Seconds without a byte after which a streaming connection is closed.
            type: int
            default: 3600
          keepalive:
            description: Idle connections to the app kept by each nginx worker; V(0) for one connection per request.
            type: int
            default: 0
          static_expires:
            description: How long browsers may keep static files, as an nginx time, V(max) or V(off).
            type: str
            default: 1h
          headers:
            description: Response headers that nginx adds.
            type: dict
            default: {}
          access_log:
            description: JSON lines in C(/var/log/nginx/gunicorn-NAME.access.log).
            type: bool
            default: true
  installer:
    description:
      - V(uv) and V(pip) build virtual environments; V(auto) takes C(/usr/local/lib/wsgiops/uv) where it is there,
        else C(pip).
    type: str
    choices: [auto, uv, pip]
    default: auto
  installer_env:
    description: Environment of the installer, for example C(UV_DEFAULT_INDEX) or C(HTTPS_PROXY). Treated as secret.
    type: dict
  worker_tmp_dir:
    description:
      - Gunicorn's C(worker_tmp_dir). V(auto) is the tmpfs of M(wsgiops.gunicorn.gunicorn_host) where that is
        declared, else C(/dev/shm).
    type: str
    default: auto
  proxy_group:
    description: The group that may open the sockets; by default that of the platform's nginx.
    type: str
  release_commands:
    description: Whether this host runs the release commands.
    type: bool
    default: true
  only:
    description: Names of the apps to handle; by default all.
    type: list
    elements: str
    default: []
  version:
    description: Version to deploy instead of the declared one. Only with one app in O(only), whose source is C(git).
    type: str
  secrets:
    description: For the action plugin, which sends all secrets apart from the rest.
    type: str
  sources:
    description: For the action plugin, which tells here what it knows of sources on the controller.
    type: dict
    default: {}
  uploads:
    description: For the action plugin, which tells here where it put sources on the host.
    type: dict
    default: {}
  who:
    description: For the action plugin. Who deploys, for the history.
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
        release: [python manage.py migrate --noinput]
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode would be, one line each and in order, led by the app's name.
  returned: always
  type: list
  elements: str
  sample: ['shop: build virtual environment below /srv/gunicorn/shop/venvs']
apps:
  description: Each app by name.
  returned: always
  type: dict
  contains:
    failed:
      description: Whether this app failed. The others are converged all the same.
      type: bool
    msg:
      description: Cause, evidence, and what was put back.
      returned: when it failed
      type: str
    failure:
      description: The same as fields, with the step of the deploy that failed. Each is empty where there is none.
      returned: when it failed
      type: dict
      sample:
        step: check
        cause: "gunicorn_apps.shop.app: importing shop.wsgi failed: ModuleNotFoundError: No module named 'redis'"
        evidence: ''
        restored: No running process was changed.
    changes:
      description: The changes of this app; none where it failed.
      type: list
      elements: str
    release:
      description: The release that is live now; empty where only a real run can know it.
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
        - What there is to say of the declared settings, the worst first. C(severity) is V(warning) for what does
          nothing or bites, V(note) for what is easily misunderstood; errors stop the app. C(subject) is the variable to
          change.
        - Warnings are shown by Ansible as well, in runs that change the app.
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
      description: Every number with its reason, then the findings; one line each, for people.
      type: list
      elements: str
    strategy:
      description: How running processes were replaced, and why so.
      returned: when they were
      type: dict
      sample: {strategy: seamless, why: asked for}
    import:
      description: What the import check found, as M(wsgiops.gunicorn.gunicorn_import_check) returns it.
      returned: when it ran
      type: dict
    steps:
      description: The steps that the run took, in order, each with its seconds and its verdict.
      type: list
      elements: dict
    seconds:
      description: Seconds by step, of what the run did.
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
