"""What becomes true and false of a device itself."""

from dataclasses import replace

from monitoring.device.reachability import Reachability
from tests.monitoring.collector.evaluation.outcomes import EVERY_PORT, device, evaluator, feed, outcome, true_of


def test_what_is_not_asked_any_more_is_not_true_any_more() -> None:
    watch = device()
    watch.device = replace(watch.device, reach="icmp")
    one = evaluator(watch)
    for slot in (60, 120):
        dead = outcome(watch, slot)
        dead.reachability = Reachability(3, 0, None, "icmp")
        feed(one, dead)
    assert true_of(one) == {("unreachable", "")}
    watch.device = replace(watch.device, reach="none")
    one.set_policies(EVERY_PORT, [watch])
    assert true_of(one) == set()
