# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An app as declared: what is filled in, and what is refused with the key it was written under."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.app import App, StaticRoute
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.normalize import normalize
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.apps.source import Source
from ansible_collections.wsgiops.gunicorn.plugins.module_utils._core.base.errors import InputError

Make = Callable[..., App]
Options = Callable[..., dict[str, Any]]
SHA = "sha256:" + "a" * 64
SOCKET = "unix:/run/gunicorn/shop/web.sock"


def test_defaults(make_app: Make) -> None:
    app = make_app()
    assert (app.name, app.state, app.user, app.python) == ("shop", "present", "gunicorn-shop", "python3")
    assert app.source == Source("packages", ("shop",))
    assert (app.requirements, app.worker_memory, app.memory_budget, app.keep_releases) == (None, 0, 0, 5)
    assert (app.health.path, app.health.host, app.health.status) == ("/", "localhost", ())
    web = app.instances[0]
    assert [instance.name for instance in app.instances] == ["web"]
    assert (web.profile, web.bind, web.routes, web.worker_class) == ("mixed", SOCKET, ("/",), "gthread")
    assert app.instances[0].timeouts.timeout == 30


@pytest.mark.parametrize(
    "name",
    [
        "shop",
        "s",
        "shop2",
        "my_shop",
        "my-shop-eu",
        "a-1",
        pytest.param("a" * 22, id="the longest"),
    ],
)
def test_names(make_app: Make, name: str) -> None:
    app = make_app(name)
    assert app.name == name
    assert len(app.user) <= 31


def test_reload_where_it_can_work(make_app: Make) -> None:
    assert make_app(source={"path": "/opt/shop"}, strategy="reload").strategy == "reload"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"source": {"git": "https://h/x.git"}}, "its own paths"),
        ({"source": {"path": "/opt/shop"}, "settings": {"preload_app": True}}, "preload_app"),
    ],
)
def test_reload_that_would_load_nothing(make_app: Make, more: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        make_app(strategy="reload", **more)
    assert caught.value.variable == "gunicorn_apps.shop.strategy"


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("", id="empty"),
        pytest.param("Shop", id="upper case"),
        pytest.param("1shop", id="digit first"),
        pytest.param("my--shop", id="two dashes"),
        pytest.param("shop-", id="dash last"),
        pytest.param("a" * 23, id="too long"),
        pytest.param("shop\n", id="line break"),
        pytest.param("../shop", id="path"),
        pytest.param("shöp", id="not ASCII"),
    ],
)
def test_refused_names(make_app: Make, name: str) -> None:
    with pytest.raises(InputError, match="is not a safe app name") as caught:
        make_app(name)
    assert caught.value.variable == f"gunicorn_apps.{name}"


@pytest.mark.parametrize(
    "target",
    [
        "shop",
        "shop.wsgi",
        "shop.wsgi:application",
        "shop:create_app()",
        "shop:create_app('x y')",
        'shop:create_app("$HOME", 50)',
    ],
)
def test_targets(make_app: Make, target: str) -> None:
    assert make_app(app=target).target == target


@pytest.mark.parametrize(
    ("options", "variable", "said"),
    [
        pytest.param({"app": None}, "app", "is missing", id="no callable"),
        pytest.param({"app": "shop/wsgi.py"}, "app", "module:callable", id="a file is no module"),
        pytest.param({"app": "shop:app\n-x"}, "app", "module:callable", id="line break in the callable"),
        pytest.param({"app": "--bind=x"}, "app", "module:callable", id="an option is no module"),
        pytest.param({"user": "root"}, "user", "never run as root", id="root"),
        pytest.param({"user": "a b"}, "user", "'a b' is not a user name. Use at most 32", id="user with a space"),
        pytest.param({"user": "x" * 33}, "user", "is not a user name", id="user too long"),
        pytest.param({"keep_releases": 0}, "keep_releases", "at least 1", id="keep none"),
        pytest.param({"source": None}, "source", "exactly one source type", id="no source"),
        pytest.param(
            {"source": {"git": "https://h/x.git", "local": "x"}},
            "source",
            "source type, not git and local",
            id="two sources",
        ),
        pytest.param(
            {"source": {"local": "x", "version": "1"}}, "source.version", "belongs to 'git'", id="version of local"
        ),
        pytest.param(
            {"source": {"git": "g", "checksum": SHA}}, "source.checksum", "belongs to 'archive'", id="checksum of git"
        ),
        pytest.param(
            {"source": {"git": "g", "ignore": ["x"]}}, "source.ignore", "belongs to 'local'", id="ignore of git"
        ),
        pytest.param({"source": {"git": "g", "venv": "/v"}}, "source.venv", "belongs to 'path'", id="venv of git"),
        pytest.param(
            {"source": {"packages": ["shop", "--index-url=x"]}},
            "source.packages[1]",
            "not installer options",
            id="option as a package",
        ),
        pytest.param(
            {"source": {"git": "https://joe:pw@h/x.git"}},
            "source.git",
            "must not contain a user name or password",
            id="password in the URL",
        ),
        pytest.param(
            {"source": {"archive": "https://h/x.tgz?v=1&token=abc"}},
            "source.archive",
            "must not contain a token or password",
            id="token in the URL of an archive",
        ),
        pytest.param(
            {"source": {"git": "https://h/x.git?private_token=abc"}},
            "source.git",
            "gunicorn_apps_installer_env",
            id="token in the URL of a repository",
        ),
        pytest.param(
            {"source": {"git": "--upload-pack=x"}}, "source.git", "must not contain", id="option as a repository"
        ),
        pytest.param(
            {"source": {"git": "g", "version": "-x"}}, "source.version", "not a branch", id="option as a version"
        ),
        pytest.param(
            {"source": {"git": "g", "version": "a b"}}, "source.version", "not a branch", id="version with a space"
        ),
        pytest.param(
            {"source": {"git": "g", "version": "v1^{}"}}, "source.version", "not a branch", id="revision syntax"
        ),
        pytest.param(
            {"source": {"archive": "x.tgz", "checksum": "a" * 64}},
            "source.checksum",
            "sha256:",
            id="checksum without kind",
        ),
        pytest.param(
            {"source": {"archive": "x.tgz", "checksum": SHA.upper()}},
            "source.checksum",
            "sha256:",
            id="checksum upper case",
        ),
        pytest.param({"source": {"path": "srv/x"}}, "source.path", "absolute", id="relative path"),
        pytest.param({"source": {"path": "/srv/x", "venv": "v"}}, "source.venv", "absolute", id="relative venv"),
        pytest.param(
            {"source": {"local": "x", "subdir": "a/../.."}}, "source.subdir", "leads out", id="subdir out of it"
        ),
        pytest.param(
            {"source": {"packages": ["x\n--index-url=http://evil/simple"]}},
            "source.packages[0]",
            "line break",
            id="second line in a package",
        ),
        pytest.param({"requirements": ["x", " -e ."]}, "requirements[1]", "'-e'", id="option behind a blank"),
        pytest.param({"requirements": ["x\r-e ."]}, "requirements[0]", "line break", id="carriage return"),
        pytest.param({"requirements": ["x\u2028-e ."]}, "requirements[0]", "line break", id="line separator"),
        pytest.param({"requirements": ["x \\"]}, "requirements[0]", "a backslash", id="joined with the next line"),
        pytest.param({"requirements": ["x --no-binary x"]}, "requirements[0]", "'--no-binary'", id="option behind"),
        pytest.param({"requirements": ["x --hash=md5:00"]}, "requirements[0]", "'--hash=md5:00'", id="weak hash"),
        pytest.param({"requirements": [" "]}, "requirements[0]", "is empty", id="empty requirement"),
        pytest.param({"requirements": "a\nb"}, "requirements", "line break", id="file name with a line break"),
        pytest.param(
            {"requirements": ["x @ https://u:p@h/x.whl"]}, "requirements[0]", "password or token", id="password"
        ),
        pytest.param(
            {"requirements": ["x @ https://${U}:p@h/x.whl"]}, "requirements[0]", "password", id="half of a password"
        ),
        pytest.param(
            {"extras": ["gevent]\n--index-url http://evil"]}, "extras[0]", "not the name of an extra", id="extra line"
        ),
        pytest.param({"extras": [""]}, "extras[0]", "not the name of an extra", id="empty extra"),
        pytest.param({"source": {"git": "ext::sh -c id"}}, "source.git", "protocol 'ext'", id="git runs a command"),
        pytest.param({"source": {"git": "ftp://h/x"}}, "source.git", "Use one of: https", id="git over ftp"),
        pytest.param({"source": {"git": "https://h/x\n"}}, "source.git", "line break", id="git with a line break"),
        pytest.param({"source": {"archive": "ftp://h/x.tgz"}}, "source.archive", "protocol 'ftp'", id="ftp"),
        pytest.param({"source": {"archive": "data:a/b;base64,eA=="}}, "source.archive", "'data'", id="data"),
        pytest.param(
            {"source": {"path": "/x", "venv": "/v"}, "wheels_only": True}, "wheels_only", "no effect", id="own venv"
        ),
        pytest.param({"requirements": "/etc/x.txt"}, "requirements", "inside the source", id="absolute requirements"),
        pytest.param({"requirements": "../x.txt"}, "requirements", "inside the source", id="requirements out of it"),
        pytest.param(
            {"requirements": ["x", "-r y"]}, "requirements[1]", "not installer options", id="option as a requirement"
        ),
        pytest.param(
            {"requirements": {"x": 1}}, "requirements", "must be a file name or a list", id="requirements dict"
        ),
        pytest.param(
            {"requirements": ["x", 1]}, "requirements", "must be a file name or a list", id="number in the list"
        ),
        pytest.param({"python": "python2.7"}, "python", "not a Python 3", id="python 2"),
        pytest.param({"python": "python3 -E"}, "python", "not a Python 3", id="interpreter with options"),
        pytest.param(
            {"gunicorn_version": ">=23"}, "gunicorn_version", "not a Gunicorn version", id="range of versions"
        ),
        pytest.param({"build": ["make", "  "]}, "build[1]", "non-empty command", id="blank build command"),
        pytest.param({"release": ["x\0y"]}, "release[0]", "non-empty command", id="NUL in a release command"),
        pytest.param({"static": {"/static": "x"}}, "static./static", "must end with", id="static URL without end"),
        pytest.param(
            {"static": {"/s t/": "x"}},
            "static./s t/",
            "a character that is not allowed",
            id="static URL with a space",
        ),
        pytest.param({"static": {"/s/": "a/../../x"}}, "static./s/", "not a usable", id="static out of the source"),
        pytest.param({"static": {"/s/": ""}}, "static./s/", "not a usable", id="static without a path"),
        pytest.param({"static": {"/s/": "a;b"}}, "static./s/", "not a usable", id="static that ends a directive"),
        pytest.param({"health": {"path": "healthz"}}, "health.path", "not a URL path", id="health path without slash"),
        pytest.param({"health": {"path": "/a b"}}, "health.path", "not a URL path", id="health path with a space"),
        pytest.param(
            {"health": {"path": "/\r\nX: y"}}, "health.path", "not a URL path", id="header in the health path"
        ),
        pytest.param({"health": {"status": [200, 600]}}, "health.status", "600 is not", id="no such status"),
        pytest.param({"health": {"timeout": 0}}, "health.timeout", "above 0", id="health timeout 0"),
        pytest.param({"health": {"within": -1.0}}, "health.within", "above 0", id="negative health time"),
        pytest.param({"health": {"host": "a\r\nb"}}, "health.host", "not a host name", id="header in the health host"),
        pytest.param({"worker_memory": "much"}, "worker_memory", "not a size", id="worker memory"),
        pytest.param({"memory_budget": "0"}, "memory_budget", "not a size", id="budget of nothing"),
        pytest.param({"limits": {"nofile": 0}}, "limits.nofile", "at least 1", id="no files"),
        pytest.param({"limits": {"memory_max": "50%"}}, "limits.memory_max", "not a size", id="percentage of memory"),
        pytest.param({"env": {"A B": "x"}}, "env.A B", "not a valid name", id="env name"),
        pytest.param(
            {"systemd": {"Service": {"TimeoutStopSec": "10"}}},
            "systemd.Service.TimeoutStopSec",
            "less than graceful_timeout",
            id="systemd would kill workers that still serve",
        ),
        pytest.param(
            {"limits": {"memory_high": "400M", "memory_max": "300M"}},
            "limits.memory_high",
            "400M is above memory_max (300M)",
            id="a limit that is never reached",
        ),
        pytest.param({"settings": {"workers": "0n"}}, "settings.workers", "CPU formula", id="no worker by formula"),
        pytest.param({"systemd": {"Servce": {}}}, "systemd.Servce", "Did you mean 'Service'", id="section misspelt"),
        pytest.param(
            {"systemd": {"Service": ["x"]}}, "systemd.Service", "dictionary of directives", id="section as a list"
        ),
        pytest.param(
            {"systemd": {"Service": {"nice": 1}}},
            "systemd.Service.nice",
            "not a valid directive name",
            id="directive in lower case",
        ),
        pytest.param(
            {"systemd": {"Service": {"Nice": "1\nUser=root"}}},
            "systemd.Service.Nice",
            "contains a control character ('\\n')",
            id="a second directive",
        ),
        pytest.param(
            {"systemd": {"Service": {"Nice": ["1", "2\r"]}}},
            "systemd.Service.Nice",
            "contains a control character ('\\r')",
            id="the other end of a line",
        ),
        pytest.param(
            {"systemd": {"Service": {"Environment": "A=b\\"}}},
            "systemd.Service.Environment",
            "ends with a backslash",
            id="a backslash joins the next directive",
        ),
        pytest.param({"user": "www-data"}, "user", "the account of a web server", id="user of the proxy"),
        pytest.param({"user": "postgres"}, "user", "the account of a database", id="user of a database"),
        pytest.param({"user": "systemd-network"}, "user", "the account of systemd", id="user of systemd"),
        pytest.param(
            {"sandbox": [{"directive": "UMask", "value": "0000", "reason": "x"}]},
            "sandbox[0].value",
            "writable for every user",
            id="a umask that masks nothing",
        ),
        pytest.param({"egress": {"allow": ["db.internal"]}}, "egress.allow[0]", "not names", id="egress by name"),
        pytest.param(
            {
                "egress": {"allow": []},
                "sandbox": [{"directive": "IPAddressDeny", "value": "", "reason": "x"}],
            },
            "sandbox",
            "Add the addresses to `egress.allow`",
            id="egress and its switch",
        ),
        pytest.param(
            {"systemd": {"Service": {"Nice": None}}}, "systemd.Service.Nice", "must be text", id="null directive"
        ),
        pytest.param(
            {"systemd": {"Service": {"Nice": {"a": 1}}}}, "systemd.Service.Nice", "must be text", id="nested directive"
        ),
        pytest.param(
            {"bind": "localhost:8000"}, "instances.web.bind", "not an IP address", id="name instead of address"
        ),
        pytest.param({"bind": "127.0.0.1:0"}, "instances.web.bind", "not an IP address", id="port 0"),
        pytest.param({"bind": "127.0.0.1:65536"}, "instances.web.bind", "not an IP address", id="port too high"),
        pytest.param({"bind": "unix:/tmp/x"}, "instances.web.bind", "the role sets the path", id="own unix socket"),
        pytest.param({"static": {"static/": "x"}}, "static.static/", "does not begin", id="static URL without slash"),
        pytest.param({"static": {"/s//": "x"}}, "static./s//", "can never match", id="static URL with two slashes"),
        pytest.param({"routes": ["events/"]}, "instances.web.routes", "does not begin", id="route without slash"),
        pytest.param({"routes": ["/a/../b"]}, "instances.web.routes", "can never match", id="route that climbs"),
        pytest.param({"routes": ["/ä"]}, "instances.web.routes", "that is not allowed", id="route that is not ASCII"),
        pytest.param(
            {"routes": ["/a;b"]}, "instances.web.routes", "that is not allowed", id="route that ends a directive"
        ),
        pytest.param(
            {"instances": {"web": {}}, "routes": ["/"]}, "routes", "cannot be combined", id="routes beside instances"
        ),
        pytest.param(
            {"instances": {"web": {}}, "bind": "[::1]:80"}, "bind", "cannot be combined", id="bind beside instances"
        ),
        pytest.param(
            {"instances": {"my-web": {}}}, "instances.my-web", "not a usable instance", id="dash in an instance"
        ),
        pytest.param(
            {"instances": {"standin": {}}}, "instances.standin", "not a usable instance", id="reserved instance"
        ),
        pytest.param(
            {"instances": {"web": {}, "b": {"routes": ["/"]}}},
            "instances",
            "more than one instance",
            id="route of two instances",
        ),
        pytest.param({"settings": {"user": "joe"}}, "settings.user", "set by the role", id="owned setting"),
        pytest.param(
            {"instances": {"web": {"settings": {"daemon": True}}}},
            "instances.web.settings.daemon",
            "set by the role",
            id="owned setting of an instance",
        ),
        pytest.param(
            {"sandbox": [{"directive": "ProtectHom", "value": "no", "reason": "x"}]},
            "sandbox[0].directive",
            "Did you mean 'ProtectHome'",
            id="switch misspelt",
        ),
    ],
)
def test_refused(make_app: Make, options: dict[str, Any], variable: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        make_app(**options)
    assert caught.value.variable == f"gunicorn_apps.shop.{variable}"
    assert said in str(caught.value)


def test_a_secret_twice_is_refused(make_app: Make) -> None:
    with pytest.raises(InputError, match="also in secret_env") as caught:
        make_app(env={"TOKEN": "abc"}, secret_names=["TOKEN"])
    assert "abc" not in str(caught.value)


def test_a_password_in_a_repository_is_not_repeated(make_app: Make) -> None:
    with pytest.raises(InputError) as caught:
        make_app(source={"git": "https://joe:s3cret@git.example.com/x.git"})
    assert "s3cret" not in str(caught.value)


def test_absent_needs_nothing_but_a_name(make_app: Make) -> None:
    app = make_app(state="absent", app=None, source=None)
    assert (app.target, app.source.kind) == ("", "none")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param({"git": "https://h/x.git"}, Source("git", "https://h/x.git", version="HEAD"), id="git takes HEAD"),
        pytest.param(
            {"git": "ssh://git@h/x.git", "version": "v1"},
            Source("git", "ssh://git@h/x.git", version="v1"),
            id="ssh user",
        ),
        pytest.param({"git": "git@h:x.git"}, Source("git", "git@h:x.git", version="HEAD"), id="short ssh form"),
        pytest.param({"archive": "x.tgz", "checksum": SHA}, Source("archive", "x.tgz", checksum=SHA), id="archive"),
        pytest.param({"local": "app", "ignore": ["*.md"]}, Source("local", "app", ignore=("*.md",)), id="local"),
        pytest.param(
            {"local": "app", "subdir": "/a/b/"}, Source("local", "app", subdir="a/b"), id="slashes around subdir"
        ),
        pytest.param({"path": "/srv/x", "venv": "/srv/v"}, Source("path", "/srv/x", venv="/srv/v"), id="path"),
        pytest.param({"packages": ["a", "b==1"]}, Source("packages", ("a", "b==1")), id="packages"),
        pytest.param({"packages": [" a "]}, Source("packages", ("a",)), id="blanks around a package"),
        pytest.param(
            {"packages": [f"a==1 --hash=sha256:{'0' * 64}"]},
            Source("packages", (f"a==1 --hash=sha256:{'0' * 64}",)),
            id="package with a hash",
        ),
        pytest.param(
            {"packages": ["a @ https://${TOKEN}@h/a.whl"]},
            Source("packages", ("a @ https://${TOKEN}@h/a.whl",)),
            id="credentials by name",
        ),
        pytest.param({"git": "git@h:x/y.git"}, Source("git", "git@h:x/y.git", version="HEAD"), id="git over ssh"),
        pytest.param({"git": "file:///srv/x"}, Source("git", "file:///srv/x", version="HEAD"), id="git on the host"),
    ],
)
def test_sources(make_app: Make, given: dict[str, Any], expected: Source) -> None:
    assert make_app(source=given).source == expected


@pytest.mark.parametrize(
    ("source", "url", "from_controller", "wheel"),
    [
        pytest.param(Source("archive", "https://h/x.tgz"), True, False, False, id="URL"),
        pytest.param(Source("archive", "https://h/x.whl?sig=1#f"), True, False, True, id="URL of a wheel"),
        pytest.param(Source("archive", "dist/x.whl"), False, True, True, id="wheel of the controller"),
        pytest.param(Source("archive", "dist/x.tgz"), False, True, False, id="archive of the controller"),
        pytest.param(Source("local", "app.whl"), False, True, False, id="directory with an odd name"),
        pytest.param(Source("git", "https://h/x.whl"), False, False, False, id="git"),
        pytest.param(Source("packages", ("x",)), False, False, False, id="packages"),
    ],
)
def test_kind_of_source(source: Source, url: bool, from_controller: bool, wheel: bool) -> None:
    assert (source.is_url, source.from_controller, source.is_wheel) == (url, from_controller, wheel)


@pytest.mark.parametrize("python", ["python3", "python3.9", "python3.14", "/usr/bin/python3", "/opt/py/bin/python3.11"])
def test_interpreters(make_app: Make, python: str) -> None:
    assert make_app(python=python).python == python


@pytest.mark.parametrize("version", ["23.0.0", "20.1", "25.1.0rc1"])
def test_gunicorn_versions(make_app: Make, version: str) -> None:
    assert make_app(gunicorn_version=version).gunicorn_version == version


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param("public", "/srv/gunicorn/shop/current/src/public", id="in the source"),
        pytest.param("public/", "/srv/gunicorn/shop/current/src/public", id="slash at the end"),
        pytest.param("{src}/public", "/srv/gunicorn/shop/current/src/public", id="placeholder of the source"),
        pytest.param("{shared}/media", "/srv/gunicorn/shop/shared/media", id="what outlives releases"),
        pytest.param("/srv/www", "/srv/www", id="elsewhere on the host"),
    ],
)
def test_static(make_app: Make, path: str, expected: str) -> None:
    assert make_app(static={"/s/": path}).static == (StaticRoute("/s/", expected),)


@pytest.mark.parametrize(
    ("options", "host"),
    [
        pytest.param({}, "localhost", id="no name"),
        pytest.param({"server_name": ["a.example.com", "b.example.com"]}, "a.example.com", id="first name"),
        pytest.param({"server_name": ["*.example.com", "b.example.com"]}, "b.example.com", id="wildcards are no host"),
        pytest.param({"server_name": ["_"]}, "localhost", id="catch-all is no host"),
        pytest.param({"server_name": ["a.example.com"], "health": {"host": "[::1]:80"}}, "[::1]:80", id="declared"),
    ],
)
def test_host_of_the_health_request(make_app: Make, options: dict[str, Any], host: str) -> None:
    assert make_app(**options).health.host == host


@pytest.mark.parametrize("bind", ["127.0.0.1:8000", "0.0.0.0:1", "[::1]:65535"])
def test_tcp(make_app: Make, bind: str) -> None:
    assert make_app(bind=bind).instances[0].bind == bind


def test_instances_inherit_and_override(make_app: Make) -> None:
    app = make_app(
        profile="io",
        settings={"timeout": 60, "keepalive": 5},
        instances={
            "web": None,
            "stream": {"profile": "realtime", "settings": {"timeout": 600}, "routes": ["/events/"]},
            "batch": {},
        },
    )
    web, stream, batch = app.instances
    assert (web.profile, stream.profile) == ("io", "realtime")
    assert web.settings == {"timeout": 60, "keepalive": 5}
    assert stream.settings == {"timeout": 600, "keepalive": 5}
    assert (web.routes, stream.routes, batch.routes) == (("/",), ("/events/",), ())
    assert (web.timeouts.proxy_read, stream.timeouts.proxy_read) == (65, 605)
    assert stream.bind == "unix:/run/gunicorn/shop/stream.sock"


def test_user_directives_of_every_allowed_kind(make_app: Make) -> None:
    given = {"Service": {"Nice": 5, "RestartSec": 0.5, "Environment": ["A=1", "B=2"], "PrivateTmp": False, "X": ""}}
    assert make_app(systemd=given).systemd == given


@pytest.mark.parametrize(
    ("first", "second", "variable", "said"),
    [
        pytest.param(
            {"server_name": ["a.org"]},
            {"server_name": ["A.org"]},
            "two.server_name",
            "'a.org' with the route '/' is already served by the app 'one'",
            id="same host, whatever the case",
        ),
        pytest.param(
            {"bind": "127.0.0.1:8000"},
            {"bind": "127.0.0.1:8000"},
            "two.bind",
            "is already used by one.web",
            id="same port",
        ),
    ],
)
def test_apps_in_each_others_way(
    app_options: Options, first: dict[str, Any], second: dict[str, Any], variable: str, said: str
) -> None:
    with pytest.raises(InputError, match=said) as caught:
        normalize("gunicorn_apps", {"one": app_options(**first), "two": app_options(**second)})
    assert caught.value.variable == f"gunicorn_apps.{variable}"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param({"server_name": ["a.org"]}, {"server_name": ["b.org"]}, id="other host"),
        pytest.param({"server_name": ["a.org"]}, {"server_name": ["a.org"], "routes": ["/api/"]}, id="other route"),
        pytest.param({"bind": "127.0.0.1:8000"}, {"bind": "127.0.0.1:8001"}, id="other port"),
        pytest.param({"server_name": ["a.org"]}, {"server_name": ["a.org"], "state": "absent"}, id="absent"),
        pytest.param({}, {}, id="both without a name"),
    ],
)
def test_apps_side_by_side(app_options: Options, first: dict[str, Any], second: dict[str, Any]) -> None:
    assert list(normalize("v", {"one": app_options(**first), "two": app_options(**second)})) == ["one", "two"]


@pytest.mark.parametrize(("own", "stop"), [(None, 35), (45, 45), ("1min 30s", 90), ("infinity", 35)])
def test_own_stop_is_what_is_told(make_app: Make, own: Any, stop: int) -> None:
    systemd = {} if own is None else {"Service": {"TimeoutStopSec": own}}
    assert make_app(systemd=systemd).instances[0].timeouts.stop == stop
