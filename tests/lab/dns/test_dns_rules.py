"""Route 53's documented rules, one test each; the rule's text is paraphrased in the docstring."""

from itertools import product

import pytest

from lab.dns.rules import (
    CheckerView,
    CheckType,
    HealthCheck,
    RecordSet,
    Role,
    aggregate,
    choose,
    statuses,
)


def endpoint(check_id: str = "a", **settings: bool) -> HealthCheck:
    """Return an HTTPS check."""
    return HealthCheck(check_id, CheckType.HTTPS, **settings)


def calculated(children: str, threshold: int, **settings: bool) -> HealthCheck:
    """Return the CALCULATED check "k" over one-letter children."""
    return HealthCheck(
        "k",
        CheckType.CALCULATED,
        children=tuple(children),
        health_threshold=threshold,
        **settings,
    )


def status(check: HealthCheck, *others: HealthCheck, **observed: bool | None) -> bool:
    """Return the first check's final status."""
    return statuses({found.id: found for found in (check, *others)}, observed)[check.id]


def view_after(results: str, threshold: int, start: CheckerView | None = None) -> CheckerView:
    """Return a checker's view after results written as + and -."""
    view = start or CheckerView()
    for result in results:
        view = view.after(passed=result == "+", failure_threshold=threshold)
    return view


class TestFailureThreshold:
    """API, FailureThreshold: consecutive checks to pass or fail until the status changes."""

    @pytest.mark.parametrize(
        ("results", "threshold", "healthy"),
        [
            ("+++---", 3, False),
            ("+++--", 3, True),
            ("+++--+--", 3, True),
            ("---+++", 3, True),
            ("---++-++", 3, False),
            ("+-", 1, False),
            ("-+", 1, True),
            ("+-+-+-", 2, None),
        ],
    )
    def test_only_a_full_run_changes_the_status(
        self, *, results: str, threshold: int, healthy: bool | None
    ) -> None:
        """A checker's status changes after `threshold` equal results in a row, either way."""
        assert view_after(results, threshold).healthy is healthy

    def test_no_data_is_no_status(self) -> None:
        """A checker says nothing before its first full run."""
        assert view_after("++", 3).healthy is None


class TestAggregate:
    """Determining health: healthy if more than 18 % of checkers report so, else unhealthy."""

    @pytest.mark.parametrize(
        ("healthy", "total", "expected"),
        [(1, 5, True), (0, 5, False), (18, 100, False), (19, 100, True), (3, 16, True)],
    )
    def test_more_than_18_percent(self, *, healthy: int, total: int, expected: bool) -> None:
        """18 % exactly is unhealthy; one of five is healthy."""
        assert aggregate([True] * healthy + [False] * (total - healthy)) is expected

    def test_too_few_reports_decide_nothing(self) -> None:
        """While checkers without data could still turn the result, there is no result."""
        assert aggregate([False, False, None, None, None]) is None

    def test_one_of_five_is_enough_to_be_healthy(self) -> None:
        """One healthy report of five decides at once: the rest cannot bring it to 18 %."""
        assert aggregate([True, None, None, None, None]) is True

    def test_nobody_looks(self) -> None:
        """Without any checker there is no result."""
        assert aggregate([]) is None


class TestEndpointChecks:
    def test_new_check_is_healthy(self) -> None:
        """Determining health: a new check is healthy until there is enough data."""
        assert status(endpoint(), a=None) is True

    def test_new_inverted_check_is_unhealthy(self) -> None:
        """Determining health: a new inverted check is unhealthy until there is enough data."""
        assert status(endpoint(inverted=True), a=None) is False

    @pytest.mark.parametrize("observed", [True, False])
    def test_inverted(self, *, observed: bool) -> None:
        """Inverting: healthy where it otherwise would be unhealthy, and the other way round."""
        assert status(endpoint(inverted=True), a=observed) is not observed

    def test_disabled_is_healthy(self) -> None:
        """API, Disabled: the status of a disabled check is always healthy."""
        assert status(endpoint(disabled=True), a=False) is True

    def test_disabled_and_inverted_is_unhealthy(self) -> None:
        """UpdateHealthCheck, Disabled: a disabled check can be inverted to route otherwise."""
        assert status(endpoint(disabled=True, inverted=True), a=True) is False


class TestCalculatedChecks:
    """API, HealthThreshold: so many children must be healthy."""

    children = (endpoint("a"), endpoint("b"), endpoint("c"))

    @pytest.mark.parametrize(
        ("a", "b", "c", "threshold"), list(product([True, False], [True, False], [True], [1, 2, 3]))
    )
    def test_counts_healthy_children(self, *, a: bool, b: bool, c: bool, threshold: int) -> None:
        """Healthy when at least HealthThreshold children are."""
        check = calculated("abc", threshold)

        assert status(check, *self.children, a=a, b=b, c=c) is (a + b + c >= threshold)

    def test_zero_is_always_healthy(self) -> None:
        """HealthThreshold 0: always healthy."""
        assert status(calculated("ab", 0), *self.children, a=False, b=False) is True

    def test_more_than_children_is_always_unhealthy(self) -> None:
        """HealthThreshold above the number of children: always unhealthy."""
        assert status(calculated("ab", 3), *self.children, a=True, b=True) is False

    def test_inverted(self) -> None:
        """Inverted turns a CALCULATED check's status round too."""
        assert status(calculated("a", 1, inverted=True), *self.children, a=True) is False

    def test_disabled(self) -> None:
        """API, Disabled: a disabled CALCULATED check stops aggregating and is healthy."""
        assert status(calculated("a", 1, disabled=True), *self.children, a=False) is True

    def test_takes_inverted_children_as_they_are_after_inversion(self) -> None:
        """A child counts with its final status: an inverted child is healthy when not seen."""
        child = endpoint("a", inverted=True)

        assert status(calculated("a", 1), child, a=False) is True

    def test_disabled_children_count_as_healthy(self) -> None:
        """A disabled child counts as healthy."""
        assert status(calculated("a", 1), endpoint("a", disabled=True), a=False) is True

    def test_nested(self) -> None:
        """A CALCULATED check can watch another."""
        outer = HealthCheck("o", CheckType.CALCULATED, children=("k",), health_threshold=1)
        inner = calculated("ab", 2)

        assert status(outer, inner, *self.children, a=True, b=True) is True
        assert status(outer, inner, *self.children, a=True, b=False) is False

    def test_circle(self) -> None:
        """Checks that watch each other in a circle are an error, not an endless loop."""
        with pytest.raises(ValueError, match="watch each other: k -> k"):
            status(calculated("k", 1))

    def test_deleted_child(self) -> None:
        """A child that was deleted has no data, and what has no data is not down."""
        assert status(calculated("x", 1)) is True


PRIMARY = RecordSet("o.", "A", 1, ("1.1.1.1",), "aws", Role.PRIMARY, "p")
SECONDARY = RecordSet("o.", "A", 1, ("2.2.2.2",), "azure", Role.SECONDARY, "s")


class TestFailoverPair:
    """API, ResourceRecordSet Failover."""

    @pytest.mark.parametrize(
        ("primary", "secondary", "answered"),
        [
            (True, True, PRIMARY),
            (True, False, PRIMARY),
            (False, True, SECONDARY),
            (False, False, PRIMARY),
        ],
    )
    def test_pair(self, *, primary: bool, secondary: bool, answered: RecordSet) -> None:
        """Secondary is answered only while primary is unhealthy and secondary is healthy."""
        assert choose([SECONDARY, PRIMARY], {"p": primary, "s": secondary}) == answered

    def test_secondary_without_check(self) -> None:
        """Without a check on secondary, an unhealthy primary always means secondary."""
        bare = RecordSet("o.", "A", 1, ("2.2.2.2",), "azure", Role.SECONDARY)

        assert choose([PRIMARY, bare], {"p": False}) == bare

    def test_primary_without_check(self) -> None:
        """Choosing records: a record without a health check is always healthy."""
        bare = RecordSet("o.", "A", 1, ("1.1.1.1",), "aws", Role.PRIMARY)

        assert choose([bare, SECONDARY], {"s": True}) == bare

    def test_half_a_pair(self) -> None:
        """One record alone is answered whatever its health: there is nothing to choose."""
        assert choose([SECONDARY], {"s": False}) == SECONDARY

    def test_simple_record(self) -> None:
        """A simple record is answered as it is."""
        simple = RecordSet("x.", "A", 60, ("3.3.3.3", "4.4.4.4"))

        assert choose([simple], {}) == simple
