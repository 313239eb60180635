"""The findings as lines for people and as JSON for machines."""

import json
from collections.abc import Sequence

import typer

from timebank.cli.examining.findings import Finding, State
from timebank.cli.saying import said, tell
from timebank.core.errors import N_

_MARKS = {State.FIT: N_("✓ {what}"), State.ADVICE: N_("! {what}"), State.WRONG: N_("✗ {what}")}
_SEEN = {
    State.FIT: N_("✓ {what}（{seen}）"),
    State.ADVICE: N_("! {what}：{seen}"),
    State.WRONG: N_("✗ {what}：{seen}"),
}
_STYLES = {State.FIT: None, State.ADVICE: "yellow", State.WRONG: "bold red"}


def lines(findings: Sequence[Finding]) -> None:
    """Say each finding and how to mend it, and at the end how many there are to mend."""
    for each in findings:
        marks = _MARKS if each.seen is None else _SEEN
        tell(marks[each.state], _STYLES[each.state], what=each.what, seen=each.seen)
        for step in each.mend:
            tell(N_("    {step}"), step=step)
    wrong, advice = (_count(findings, state) for state in (State.WRONG, State.ADVICE))
    if wrong or advice:
        tell(N_("要改的 {wrong} 项，建议 {advice} 项"), "bold", wrong=wrong, advice=advice)
    else:
        tell(N_("都好"), "bold green")


def document(findings: Sequence[Finding]) -> None:
    """Print the findings as one JSON document; `code` and `state` never change, the texts may."""
    found = [
        {
            "code": each.code,
            "state": each.state,
            "what": said(each.what),
            "seen": said(each.seen) if each.seen else None,
            "mend": [said(step) for step in each.mend],
        }
        for each in findings
    ]
    whole = {"fit": is_fit(findings), "findings": found}
    typer.echo(json.dumps(whole, ensure_ascii=False, indent=2))


def is_fit(findings: Sequence[Finding]) -> bool:
    """Nothing is wrong; advice may be left."""
    return not _count(findings, State.WRONG)


def _count(findings: Sequence[Finding], state: State) -> int:
    return sum(each.state is state for each in findings)
