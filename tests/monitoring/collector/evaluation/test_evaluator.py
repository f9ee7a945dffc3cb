"""What becomes true and false as the assignment changes."""

from tests.monitoring.collector.evaluation.outcomes import EVERY_PORT, device, evaluator, feed, outcome, true_of


def test_nothing_becomes_true_of_a_device_that_left_while_it_was_read() -> None:
    stays, leaves = device("stays"), device("leaves")
    one = evaluator(stays, leaves)
    feed(one, outcome(leaves, 60, {"a": 2}))
    one.set_policies(EVERY_PORT, [stays])
    feed(one, outcome(leaves, 120, {"a": 2}), outcome(leaves, 180, {"a": 2}))
    assert true_of(one) == set()
