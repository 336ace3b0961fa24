from __future__ import annotations

import io
import os
from collections.abc import Callable

import click
import pytest

from solakube_core import hookimpl
from solakube_core.cli import main, plugins
from solakube_core.cli.terminal import Terminal
from solakube_core.errors import Problem, SolakubeError
from solakube_core.model import Command
from solakube_core.plugins.discovery import Announced


@click.command()
@click.argument("how", default="well")
def hello(how: str) -> None:
    if how == "badly":
        raise SolakubeError.of([Problem("it failed", "on purpose", "nothing"), Problem("and again")])
    if how == "unexpectedly":
        raise RuntimeError("surprise")
    if how == "in bytes":
        os.environ["APP_PASSWORD"].encode()
    click.echo("hello")


no_command = "just a string"


class Greeter:
    @hookimpl
    def commands(self) -> list[Command]:
        return [
            Command("hello", "Greet.", f"{__name__}:hello"),
            Command("odd", "Odd.", f"{__name__}:no_command"),
        ]


class Usurper:
    @hookimpl
    def commands(self) -> list[Command]:
        return [Command("deploy", "Not the core's.", f"{__name__}:hello")]


def broken() -> object:
    raise ImportError("half installed")


Install = Callable[..., None]


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Let the given plugins be the ones that are installed."""

    def these(**loaders: Callable[[], object]) -> None:
        plugins = [Announced(name, f"dist-{name}", "1", load) for name, load in loaders.items()]
        monkeypatch.setattr(main, "installed_plugins", lambda: plugins)

    return these


Output = pytest.CaptureFixture[str]


def test_a_plugins_command_runs(install: Install, capsys: Output) -> None:
    install(greeter=Greeter)
    assert main.run(["hello"]) == 0
    assert capsys.readouterr() == ("hello\n", "")


def test_help_lists_commands_without_importing_them(install: Install, capsys: Output) -> None:
    install(greeter=Greeter)
    assert main.run(["--help"]) == 0
    out = capsys.readouterr().out
    assert "hello" in out
    assert "Greet." in out


def test_bytes_that_are_no_text_are_told_by_the_variables_name(
    install: Install, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(greeter=Greeter)
    monkeypatch.setenv("APP_PASSWORD", "hunter2\udcff")
    assert main.run(["hello", "in bytes"]) == 1
    err = capsys.readouterr().err
    assert "is not UTF-8 text\n  why: in the environment: APP_PASSWORD" in err
    assert "hunter2" not in err


def test_an_expected_failure_has_no_traceback_and_exit_code_1(install: Install, capsys: Output) -> None:
    install(greeter=Greeter)
    assert main.run(["hello", "badly"]) == 1
    assert capsys.readouterr().err == (
        "error: 2 problems:\n1. it failed\n     why: on purpose\n     what to do: nothing\n2. and again\n"
    )


def test_wrong_usage_has_exit_code_2(install: Install, capsys: Output) -> None:
    install(greeter=Greeter)
    assert main.run(["hello", "well", "again"]) == 2
    assert main.run(["nonsense"]) == 2
    assert "No such command 'nonsense'" in capsys.readouterr().err


def test_a_defect_of_a_plugins_command_is_told_as_the_plugins_and_shown_on_demand(
    install: Install, capsys: Output
) -> None:
    install(greeter=Greeter)
    assert main.run(["hello", "unexpectedly"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: plugin greeter (dist-greeter 1) failed in `sk hello`: RuntimeError: surprise\n")
    assert "Traceback" not in error
    assert main.run(["--debug", "hello", "unexpectedly"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_a_target_that_is_no_command_is_told(install: Install, capsys: Output) -> None:
    install(greeter=Greeter)
    assert main.run(["odd"]) == 1
    error = capsys.readouterr().err
    assert f"plugin greeter (dist-greeter 1) failed in `sk odd`: TypeError: {__name__}:no_command is no click" in error


def test_a_defect_of_the_core_is_called_an_internal_error(
    install: Install, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    def surprised(record: object) -> str:
        raise RuntimeError("surprise")

    monkeypatch.setattr(plugins, "_line", surprised)
    install(greeter=Greeter)
    assert main.run(["plugins"]) == 1
    assert "internal error: RuntimeError: surprise" in capsys.readouterr().err


def test_a_broken_plugin_is_named_and_the_rest_works(install: Install, capsys: Output) -> None:
    install(bad=broken, greeter=Greeter)
    assert main.run(["hello"]) == 0
    out, err = capsys.readouterr()
    assert out == "hello\n"
    assert err == "warning: plugin bad (dist-bad 1) is broken and left out: ImportError: half installed\n"


def test_a_command_that_only_a_broken_plugin_can_have_names_it(install: Install, capsys: Output) -> None:
    install(bad=broken)
    assert main.run(["wiki"]) == 2
    assert "plugin bad (dist-bad 1) is broken and left out: ImportError: half installed" in capsys.readouterr().err


def test_strict_makes_a_broken_plugin_fatal(install: Install, capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    install(bad=broken, greeter=Greeter)
    monkeypatch.setenv("SK_STRICT_PLUGINS", "1")
    assert main.run(["hello"]) == 1
    assert "SK_STRICT_PLUGINS is set" in capsys.readouterr().err


@pytest.mark.parametrize("by", ["option", "environment"])
def test_a_plugin_can_be_left_out(by: str, install: Install, capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    install(bad=broken, greeter=Greeter)
    if by == "environment":
        monkeypatch.setenv("SK_NO_PLUGINS", "bad")
    assert main.run([*(["--no-plugin", "bad"] if by == "option" else []), "hello"]) == 0
    assert capsys.readouterr().err == ""


def test_a_misspelt_plugin_is_not_silently_left_in(install: Install, capsys: Output) -> None:
    install(greeter=Greeter)
    assert main.run(["--no-plugin", "greeetr", "hello"]) == 2
    assert "there is no plugin 'greeetr' to leave out; did you mean greeter?" in capsys.readouterr().err


def test_a_plugin_cannot_take_a_core_command(install: Install, capsys: Output) -> None:
    install(usurper=Usurper, greeter=Greeter)
    assert main.run(["hello"]) == 0
    error = capsys.readouterr().err
    assert "plugin usurper (dist-usurper 1) is broken and left out: failed in commands: `sk deploy` is a" in error


def test_of_two_plugins_with_one_command_neither_has_it_and_both_are_named(install: Install, capsys: Output) -> None:
    install(greeter=Greeter, twin=Greeter)
    assert main.run(["plugins"]) == 0
    assert main.run(["hello"]) == 1
    error = capsys.readouterr().err
    assert "the command 'hello' is offered 2 times" in error
    assert "by greeter (dist-greeter 1) and by twin (dist-twin 1)" in error
    assert main.run(["--no-plugin", "twin", "hello"]) == 0


def test_plugins_lists_loaded_and_broken_ones(install: Install, capsys: Output) -> None:
    install(bad=broken, greeter=Greeter)
    assert main.run(["plugins"]) == 0
    out = capsys.readouterr().out
    assert "bad  dist-bad 1  broken  ImportError: half installed" in out
    assert "greeter  dist-greeter 1  loaded  commands" in out


def test_progress_without_a_terminal_is_plain_lines_on_standard_error(capsys: Output) -> None:
    terminal = Terminal()
    terminal.now("waiting")
    terminal.now("waiting")
    terminal.say("done")
    assert capsys.readouterr() == ("", "... waiting\ndone\n")


@pytest.mark.parametrize("answer", ["", "n\n", "\n", "maybe\n"])
def test_consent_is_a_yes_and_nothing_else(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    with pytest.raises(SolakubeError, match="nothing was changed"):
        Terminal().confirm("Go on?", yes=False)
    Terminal().confirm("Go on?", yes=True)


def test_consent_may_be_piped_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("Yes\n"))
    Terminal().confirm("Go on?", yes=False)
