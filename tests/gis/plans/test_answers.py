"""What a search answered, read from what it printed."""

from gis.plans.answers import LaidDuct, read_answer

PRINTED = {
    "objective": -30.0, "lower_bound": -31.0, "gap": 0.1, "optimal": False, "seconds": 1.5, "work": 3,
    "build": [[0, 1, None], [1, 0, "pipe"]], "starts": {"pipe": 0},
}  # fmt: skip


def test_an_answer_is_read_with_its_ducts_and_starts() -> None:
    answer = read_answer(PRINTED)
    assert answer.build == (LaidDuct(0, 1, None), LaidDuct(1, 0, "pipe"))
    assert answer.starts == {"pipe": 0}


def test_a_certificate_tells_how_good_a_plan_is_under_the_names_it_was_printed_with() -> None:
    told = read_answer(PRINTED).certificate()
    assert told == {name: value for name, value in PRINTED.items() if name not in ("build", "starts")}
