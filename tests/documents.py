"""The pages of the documentation that are made from the program: `.venv/bin/python -m tests.documents` writes them.

`tests/test_documentation.py` fails while one of them says something else than the program does.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path

import timebank
from timebank.core.errors import TimebankError
from timebank.jobs.schedule import JOBS
from timebank.web.i18n import Language, translate
from timebank.web.problems import STATUS

DOCS = Path(__file__).parent.parent / "docs"
_ERRORS = """# 错误 / Errors

What the service may refuse, by the `code` a program gets ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457), `type`
is `/problems/<code>`). A refusal names the field, and the row of a table, where there is one. `{…}` is filled in.

| code | status | 中文 | English |
|---|---|---|---|
"""
_JOBS = """# 定时任务 / Jobs

What is done on a schedule, in the time bank's own time zone (minute, hour, day, month, weekday). A job runs once per
slot, whatever number of services run; what was missed is caught up. `TIMEBANK_SCHEDULE` gives other times, see
[operations.md](operations.md#jobs).

| job | when | 中文 | English |
|---|---|---|---|
"""


def errors() -> str:
    """`docs/errors.md`: every refusal that can reach somebody."""
    kinds = {kind.code: kind for kind in _kinds(TimebankError)}
    lines = [
        f"| `{code}` | {_status(kind)} | {_cell(kind, 'zh')} | {_cell(kind, 'en')} |"
        for code, kind in sorted(kinds.items())
    ]
    return _ERRORS + "\n".join(lines) + "\n"


def jobs() -> str:
    """`docs/jobs.md`."""
    lines = [
        f"| `{job.name}` | `{job.cron}` | {translate(job.title, 'zh')} | {translate(job.title, 'en')} |"
        for job in JOBS
    ]
    return _JOBS + "\n".join(lines) + "\n"


MADE: dict[str, Callable[[], str]] = {"errors.md": errors, "jobs.md": jobs}


def _kinds(kind: type[TimebankError]) -> Iterator[type[TimebankError]]:
    for module in pkgutil.walk_packages(timebank.__path__, "timebank."):
        importlib.import_module(module.name)
    waiting = [kind]
    while waiting:
        one = waiting.pop()
        waiting += one.__subclasses__()
        # A kind without a message of its own is only a branch of the tree.
        if one.__module__.startswith("timebank.") and "message" in vars(one):
            yield one


def _status(kind: type[TimebankError]) -> str:
    # Those of the commands and of the start have none: no program asks for them.
    return next((str(status) for base, status in STATUS if issubclass(kind, base)), "")


def _cell(kind: type[TimebankError], language: Language) -> str:
    return translate(kind.message, language).replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    for name, make in MADE.items():
        (DOCS / name).write_text(make(), encoding="utf-8")
