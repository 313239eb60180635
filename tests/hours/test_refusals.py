"""Whatever the ledger refuses, the reader is told in words what it was and what can be done."""

import re

import pytest

import ledger
from timebank.hours import rules
from timebank.hours.refusals import Refused
from timebank.web.i18n import say

CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("refusal", list(ledger.Refusal))
def test_every_refusal_of_the_ledger_has_words_in_both_languages(refusal: ledger.Refusal) -> None:
    told = rules.refusal_text(str(refusal), name="Li", short_minutes=30)
    assert told.message != Refused.message
    chinese, english = say(told, "zh"), say(told, "en")
    assert str(refusal) not in chinese
    assert str(refusal) not in english
    assert CHINESE.search(chinese)
    assert not CHINESE.search(english)


def test_a_code_that_the_ledger_does_not_know_yet_is_shown_as_it_is() -> None:
    assert "from_tomorrow" in say(rules.refusal_text("from_tomorrow", name="", short_minutes=None), "zh")
