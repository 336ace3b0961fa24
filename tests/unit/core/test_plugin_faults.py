"""Whatever a plugin does wrong is told as that plugin's, and what can go on without it does."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

import pytest

from solakube_core.cli import main
from solakube_core.plugins import loading
from tests.unit.core.installing import Sk, install

CACHE = """
BACKEND = Backend("cache", "cache", 6379, "redis", {"app": "cache"}, 6379)

@hookimpl
def components():
    return [Component("cache", "A cache.")]

@hookimpl
def configure(component):
    return Configuration(backend=BACKEND) if component == "cache" else None

@hookimpl
def deploy(component):
    return Plan("cache", (), (), BACKEND) if component == "cache" else None
"""


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("raise RuntimeError('surprise')", "RuntimeError: surprise"),
        ("raise BaseException('worse')", "BaseException: worse"),
        ("raise GeneratorExit('odd')", "GeneratorExit: odd"),
        ("def f(): f()\nf()", "RecursionError: maximum recursion depth"),
        ("import sys; sys.exit('bye')", "SystemExit: bye"),
        ("@hookimpl\ndef commands(): return {}['cache']", "failed in commands: KeyError: 'cache'"),
        ("@hookimpl\ndef commands(): yield 'cache'", "failed in commands: TypeError: its answer[0] is a str, not a"),
        ("@hookimpl\ndef commands(): return None", "failed in commands: TypeError"),
        ("@hookimpl\ndef commands(): raise SystemExit(0)", "failed in commands: SystemExit: 0"),
        ("@hookimpl\ndef commands(): raise BaseException('worse')", "failed in commands: BaseException: worse"),
        ("@hookimpl\ndef commands(): return [Command('plugins', '', 'a:b')]", "failed in commands: `sk plugins` is"),
        (
            "@hookimpl\ndef commands(): return [Command('a b', '', 'a:b')]",
            "failed in commands: ValueError: 'a b' cannot",
        ),
        ("@hookimpl\ndef commands(): return [Command('', '', 'a:b')]", "failed in commands: ValueError: '' cannot"),
        ("@hookimpl\ndef commands(): return [Command('--x', '', 'a:b')]", "failed in commands: ValueError: '--x' cann"),
        ("@hookimpl(wrapper=True)\ndef expose(): yield", "PluginValidationError"),
    ],
)
def test_a_plugin_that_fails_before_it_is_needed_is_named_and_left_out(
    source: str, cause: str, sk: Sk, tmp_path: Path
) -> None:
    install(tmp_path, "zbad", source)
    for arguments in (["--help"], ["plugins"]):
        done = sk(*arguments)
        assert done.code == 0
        assert f"plugin zbad (solakube-zbad 0.1.0) is broken and left out: {cause}" in done.err
        assert "registry" in done.out


@pytest.mark.parametrize(
    ("hook", "answer", "cause"),
    [
        ("variables", "[1]", "TypeError: its answer[0] is an int, not a Variable"),
        ("components", "[Component('A B', '')]", "ValueError: 'A B' cannot be a component's name"),
    ],
)
def test_a_plugin_that_fails_once_it_is_asked_is_named_and_left_out(
    hook: str, answer: str, cause: str, sk: Sk, tmp_path: Path
) -> None:
    install(tmp_path, "cache", CACHE)
    install(tmp_path, "zbad", f"@hookimpl\ndef {hook}(): return {answer}")
    done = sk("diff", "cache")
    assert done.code == 0, done.err
    assert f"plugin zbad (solakube-zbad 0.1.0) is broken and left out: failed in {hook}: {cause}" in done.err


@pytest.mark.parametrize(
    ("hook", "body", "cause"),
    [
        ("configure", "{}['cache']", "KeyError: 'cache'"),
        ("configure", "'fine'", "TypeError: its answer is a str, not a Configuration"),
        ("configure", "Configuration(problems=('text',))", "TypeError: its answer.problems[0] is a str, not a Problem"),
        ("expose", "exit('bye')", "SystemExit: bye"),
        ("expose", "(_ for _ in ()).throw(GeneratorExit('odd'))", "GeneratorExit: odd"),
        ("expose", "Exposure('zbad', 'x', ({'kind': 'Ingress'},))", "TypeError: its answer.objects[0] lacks apiVers"),
        ("deploy", "Plan('cash', (), (), None)", "TypeError: its answer.backend is None, not a Backend"),
        ("deploy", "Plan('cash', (), (), Backend('', '', 1, '', {}, 1))", "its answer for cache is the plan of cash"),
        ("deploy", "Await(ObjectRef('v1', 'Pod', 'a'), 'ready')", "ValueError: 'ready' can't be awaited; there are"),
    ],
)
def test_a_plugin_that_fails_for_a_component_is_named_with_the_hook(
    hook: str, body: str, cause: str, sk: Sk, tmp_path: Path
) -> None:
    install(tmp_path, "cache", CACHE)
    install(tmp_path, "zbad", f"@hookimpl\ndef {hook}(): return {body}")
    done = sk("diff", "cache")
    assert done.code == 1
    assert f"error: plugin zbad (solakube-zbad 0.1.0) failed in {hook}: {cause}" in done.err
    assert "Traceback" not in done.err
    assert "Traceback" in sk("--debug", "diff", "cache").err
    assert sk("--no-plugin", "zbad", "diff", "cache").code == 0


def test_what_one_plugin_raises_is_told_with_its_name_beside_the_problems_of_others(sk: Sk, tmp_path: Path) -> None:
    install(tmp_path, "cache", CACHE.replace("(backend=BACKEND)", "(backend=BACKEND, problems=(Problem('no size'),))"))
    install(tmp_path, "route", "@hookimpl\ndef expose(settings): settings.require('ROUTE_SECRET')")
    done = sk("diff", "cache")
    assert done.code == 1
    assert "1. no size\n" in done.err
    assert "2. ROUTE_SECRET is not set\n" in done.err
    assert "it has no default; told by plugin route (solakube-route 0.1.0)" in done.err


def test_what_a_plugin_prints_when_it_is_imported_is_no_result(sk: Sk, tmp_path: Path) -> None:
    install(
        tmp_path, "chatty", "print('hello')\n@hookimpl\ndef commands(): return [Command('zz', '', 'zz_command:zz')]"
    )
    (tmp_path / "zz_command.py").write_text(
        "import click\nprint('I, too')\n@click.command()\ndef zz(): click.echo('done')"
    )
    done = sk("status", "-o", "json")
    assert json.loads(done.out) == {"items": []}
    assert "hello\n" in done.err
    done = sk("zz")
    assert done.out == "done\n"
    assert "I, too\n" in done.err


@pytest.mark.parametrize("raised", ["KeyError('x')", "BaseException('x')"])
def test_a_command_that_fails_is_told_as_its_plugins(raised: str, sk: Sk, tmp_path: Path) -> None:
    install(tmp_path, "zbad", "@hookimpl\ndef commands(): return [Command('zz', '', 'zz_command:zz')]")
    (tmp_path / "zz_command.py").write_text(f"import click\n@click.command()\ndef zz(): raise {raised}")
    done = sk("zz")
    assert done.code == 1
    assert done.err.startswith("error: plugin zbad (solakube-zbad 0.1.0) failed in `sk zz`: ")


@pytest.mark.parametrize(
    "target", ["nowhere:group", "solakube_cache:nothing", "solakube_cache:BACKEND", "solakube_exit:x"]
)
def test_a_command_that_cannot_be_imported_is_told_as_its_plugins(target: str, sk: Sk, tmp_path: Path) -> None:
    install(tmp_path, "cache", CACHE)
    (tmp_path / "solakube_exit.py").write_text("raise SystemExit(0)")
    install(tmp_path, "zbad", f"@hookimpl\ndef commands(): return [Command('bad', 'Bad.', '{target}')]")
    done = sk("bad")
    assert done.code == 1
    assert "plugin zbad (solakube-zbad 0.1.0) failed in `sk bad`: " in done.err
    assert sk("diff", "cache").code == 0


@pytest.mark.parametrize(
    ("hook", "source", "message"),
    [
        ("deploy", CACHE, "2 plugins want to say where cache answers"),
        (
            "deploy",
            "@hookimpl\ndef deploy(): return Plan('cache', (), (), Backend('', '', 1, '', {}, 1))",
            "deploy cache",
        ),
        (
            "variables",
            "from solakube_core.settings import Variable\n@hookimpl\ndef variables():"
            " return [Variable('SK_ROOTS', 'x', 'other')]",
            "SK_ROOTS is declared in different ways",
        ),
    ],
)
def test_two_that_want_the_same_are_an_error_that_names_both(
    hook: str, source: str, message: str, sk: Sk, tmp_path: Path
) -> None:
    install(tmp_path, "cache", CACHE)
    install(tmp_path, "zbad", source, "3.1")
    done = sk("diff", "cache")
    assert done.code == 1
    assert message in done.err
    assert "zbad (solakube-zbad 3.1)" in done.err
    assert ("the core" if hook == "variables" else "cache (solakube-cache 0.1.0)") in done.err
    assert sk("--no-plugin", "zbad", "diff", "cache").code == 0


@pytest.mark.parametrize(
    ("slow", "what"), [("plugins", "slow (solakube-slow 0.1.0)"), ("zz", "slow (solakube-slow 0.1.0) with `sk zz`")]
)
def test_a_slow_import_is_told_with_the_plugins_name_and_can_be_given_up(
    slow: str, what: str, sk: Sk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is imported goes on once it was told that it takes long, and then as if somebody had given up."""
    lines: list[str] = []
    told = threading.Event()

    def tell(line: str) -> None:
        lines.append(line)
        if line == f"plugin {what} takes long to import":
            told.set()

    monkeypatch.setattr(main, "_tell", tell)
    monkeypatch.setattr(loading, "SLOW", 0.0)
    monkeypatch.setattr(sys, "told", told, raising=False)
    waits = "import sys\nif not sys.told.wait(30): raise SystemExit('nothing was told')\nraise KeyboardInterrupt\n"
    install(
        tmp_path,
        "slow",
        waits if slow == "plugins" else "@hookimpl\ndef commands(): return [Command('zz', '', 'slow_command:zz')]",
    )
    (tmp_path / "slow_command.py").write_text(waits)
    assert sk(slow).code == 130
    assert f"plugin {what} takes long to import" in lines
    assert f"plugin {what} was being imported; `sk --no-plugin slow ...` leaves it out" in lines


def test_a_component_without_maintenance_is_not_sick(sk: Sk, tmp_path: Path) -> None:
    install(tmp_path, "cache", CACHE)
    assert sk("maintain", "cache").err.startswith("error: cache offers no maintenance\n")
    assert "did you mean cache?" in sk("maintain", "cach").err


def test_shells_complete_components_and_are_told_no_warnings(
    sk: Sk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install(tmp_path, "cache", CACHE)
    install(tmp_path, "zbad", "@hookimpl\ndef commands(): return [Command('bad', 'Bad.', 'nowhere:at_all')]")
    install(tmp_path, "zworse", "raise RuntimeError")
    monkeypatch.setenv("_SK_COMPLETE", "bash_complete")
    for words, completed in (("sk status c", "plain,cache"), ("sk b", ""), ("sk stat", "plain,status")):
        monkeypatch.setenv("COMP_WORDS", words)
        monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
        with pytest.raises(SystemExit):
            main.run([])
        assert capsys.readouterr() == (f"{completed}\n", "")
