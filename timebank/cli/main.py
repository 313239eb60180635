"""Which commands there are, and in which module beside this one each stands."""

import gc
import sys
from importlib import import_module
from typing import Annotated

import typer

from timebank import __version__
from timebank.cli.saying import help_text, refuse
from timebank.core.errors import N_, TimebankError

# In the order of `--help`.
COMMANDS = {
    "serve": "serving",
    "init": "founding",
    "migrate": "keeping",
    "doctor": "doctor",
    "backup": "keeping",
    "restore": "keeping",
    "import": "bringing",
    "match": "working",
    "reconcile": "working",
    "proof": "proofs",
    "change-key": "proving",
}


def main() -> None:
    """The `timebank` command."""
    try:
        asked = program(sys.argv[1] if len(sys.argv) > 1 else None)
        gc.freeze()
        gc.enable()
        asked()
    except TimebankError as error:
        sys.exit(refuse(error))


def program(asked: str | None = None) -> typer.Typer:
    """All commands; or, for a command there is, its module's only: to load every room takes seconds."""
    app = typer.Typer(
        help=help_text(N_("时间银行：互助养老的时间，记得清，换得到。")),
        no_args_is_help=True,
        pretty_exceptions_show_locals=False,
        add_completion=False,
    )
    app.callback(invoke_without_command=True)(start)
    # The doctor loads all: it is to say if that can't be done.
    alone = asked in COMMANDS and asked != "doctor"
    for module in [COMMANDS[asked]] if asked and alone else dict.fromkeys(COMMANDS.values()):
        app.add_typer(import_module(f"timebank.cli.{module}").app)
    return app


def start(
    *, version: Annotated[bool, typer.Option("--version", help=help_text(N_("显示版本")))] = False
) -> None:
    """Say the version."""
    if version:
        typer.echo(f"timebank {__version__}")
        raise typer.Exit
