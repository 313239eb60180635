"""The `timebank` command, before any room is loaded: what keeps the rooms from loading is said here."""

import gc
import os
import sys
from importlib import import_module

from timebank.cli.examining import program, report

# What loading makes stays: to look through all of it for garbage, again and again and once more at the end, is a
# third of a short command. So there is no looking until all is loaded (`main`), and then not through that.
_COLLECTING = (20_000, 20, 20)
# Names are read character by character: pypinyin need not load its dictionary of phrases, nor copy the other.
ONE_BY_ONE = {"PYPINYIN_NO_PHRASES": "yes", "PYPINYIN_NO_DICT_COPY": "yes"}


def main() -> None:
    """Run the command, or say what is wrong with what is installed: the doctor must speak then, too."""
    gc.disable()
    gc.set_threshold(*_COLLECTING)
    os.environ.update(ONE_BY_ONE)
    try:
        import_module("timebank.cli.main").main()
    except ImportError as error:
        findings = program.unloadable(error)
        (report.document if "--json" in sys.argv else report.lines)(findings)
        sys.exit(1)
