"""Lists by label and by field."""

from collections.abc import Callable

import pytest

from tests.lab.kubernetes.conformance.conftest import Apis, Refused, make_pod

Names = Callable[..., str]

PODS = {
    "a": {"app": "orders", "tier": "web"},
    "b": {"app": "orders", "tier": "job"},
    "c": {"app": "billing"},
    "d": {},
}


@pytest.fixture
def names(apis: Apis) -> Names:
    """Create the pods and list the names of those that selectors leave."""
    for name, labels in PODS.items():
        apis.core().create_namespaced_pod(apis.namespace, make_pod(name, **labels))

    def select(**selectors: str) -> str:
        listed = apis.core().list_namespaced_pod(apis.namespace, **selectors)
        return "".join(sorted(pod.metadata.name for pod in listed.items))

    return select


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("app=orders", "ab"),
        ("app==orders,tier=web", "a"),
        ("app!=orders", "cd"),
        ("app in (orders,billing)", "abc"),
        ("app notin (orders)", "cd"),
        ("tier", "ab"),
        ("!tier", "cd"),
        ("app,tier!=web", "bc"),
        ("app in (orders),tier notin (web, none)", "b"),
        ("app=nothing", ""),
    ],
)
def test_label_selector(names: Names, selector: str, expected: str) -> None:
    """Equality and set based requirements select as documented; all must hold."""
    assert names(label_selector=selector) == expected


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("metadata.name=a", "a"),
        ("metadata.name!=a", "bcd"),
        ("status.phase=Pending", "abcd"),
        ("status.phase!=Pending", ""),
        ("spec.nodeName=", "abcd"),
        ("spec.nodeName=somewhere", ""),
        ("metadata.name=b,status.phase=Pending", "b"),
    ],
)
def test_field_selector(names: Names, selector: str, expected: str) -> None:
    """Pods are selected by name, phase and node."""
    assert names(field_selector=selector) == expected


def test_both_selectors_must_hold(names: Names) -> None:
    """Labels and fields select together."""
    assert names(label_selector="app=orders", field_selector="metadata.name!=a") == "b"


def test_unknown_field_is_refused(names: Names, refused: Refused) -> None:
    """A field that pods can't be selected by is a bad request."""
    with refused(400):
        names(field_selector="spec.colour=blue")


def test_unreadable_selector_is_refused(names: Names, refused: Refused) -> None:
    """A selector that is none is a bad request."""
    with refused(400):
        names(label_selector="app=(")


@pytest.mark.usefixtures("names")
def test_list_in_pages(apis: Apis) -> None:
    """`limit` gives a page, and `continue` the next one, until there is none."""
    found, token = [], None
    while True:
        page = apis.core().list_namespaced_pod(apis.namespace, limit=3, _continue=token)
        found.append([pod.metadata.name for pod in page.items])
        token = page.metadata._continue
        if not token:
            break

    assert found == [["a", "b", "c"], ["d"]]


def test_unreadable_page_is_refused(apis: Apis, refused: Refused) -> None:
    """A `continue` that no server gave is a bad request."""
    with refused(400):
        apis.core().list_namespaced_pod(apis.namespace, limit=3, _continue="zzz")


@pytest.mark.usefixtures("names")
def test_list_names_its_version(apis: Apis) -> None:
    """A list carries the resourceVersion to watch from, at least that of its newest object."""
    listed = apis.core().list_namespaced_pod(apis.namespace)

    newest = max(int(pod.metadata.resource_version) for pod in listed.items)
    assert int(listed.metadata.resource_version) >= newest


@pytest.mark.usefixtures("names")
def test_list_across_namespaces(apis: Apis) -> None:
    """A list without a namespace holds the objects of all."""
    listed = apis.core().list_pod_for_all_namespaces(label_selector="app=billing")

    assert apis.namespace in {pod.metadata.namespace for pod in listed.items}
