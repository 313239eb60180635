"""What the ledger's README shows works as it stands there."""

import ast
import inspect
import re
from pathlib import Path

from sqlalchemy.ext.asyncio import create_async_engine

import ledger
from ledger import errors
from tests.postgres import Database

README = (Path(ledger.__file__).parent / "README.md").read_text(encoding="utf-8")


async def test_the_worked_example_runs(fresh_database: Database) -> None:
    found = re.search(r"## A worked example.*?```python\n(.*?)```", README, re.DOTALL)
    assert found is not None
    engine = create_async_engine(fresh_database.service_url)
    code = compile(found[1], "README.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    try:
        await eval(code, {"engine": engine})
    finally:
        await engine.dispose()


def test_the_tree_of_errors_is_what_can_be_raised() -> None:
    raised = {
        name
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.LedgerError)
    }
    assert errors.__doc__ is not None
    for drawn in (README, errors.__doc__):
        tree = drawn[drawn.index("LedgerError\n") :]
        told = re.findall(r"^[├└]── (\w+)", tree.split("\n\n")[0], re.MULTILINE)
        assert {"LedgerError", *told} == raised
