"""Problems and plans go out as bytes and come back the same."""

import json

import pytest

from matching import BadProblem, Helper, Plan, Problem, decide, digest, from_json, to_json
from tests.matching.town import a_helper, a_town


def test_a_problem_and_its_plan_survive_being_written_down() -> None:
    problem = a_town(60, 30, seed=8)
    again = from_json(Problem, to_json(problem))
    assert again == problem
    plan = decide(again)
    assert from_json(Plan, to_json(plan)) == plan
    assert digest(plan) == digest(decide(problem))


def test_the_digest_changes_with_any_value_and_only_then() -> None:
    assert digest(a_helper(1, skills=frozenset({"a", "b"}))) == digest(
        a_helper(1, skills=frozenset({"b", "a"}))
    )
    assert digest(a_helper(1, load=1)) != digest(a_helper(1, load=2))
    assert from_json(Helper, to_json(a_helper(1))) == a_helper(1)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"id": 1}', "null"])
def test_text_that_is_not_a_problem_is_refused(text: str) -> None:
    with pytest.raises(BadProblem, match="json"):
        from_json(Problem, text)


def test_a_value_out_of_range_is_refused_when_read() -> None:
    plain = json.loads(to_json(a_helper(1)))
    with pytest.raises(BadProblem, match="load"):
        from_json(Helper, json.dumps({**plain, "load": -1}))
    with pytest.raises(BadProblem, match="json"):
        from_json(Helper, json.dumps({**plain, "load": "1"}))
