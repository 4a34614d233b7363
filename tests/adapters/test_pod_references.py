"""What a pod's template needs, and how little of a Secret leaves the cluster."""

import base64
from typing import Any

import pytest

from landbridge.adapters.pod_references import references_of

KEY, OTHER_KEY = b"k" * 16, b"o" * 16
SECRET = {"data": {"PGPASSWORD": base64.b64encode(b"correct horse").decode()}}
TEMPLATE = {
    "initContainers": [{"envFrom": [{"secretRef": {"name": "a"}}]}],
    "containers": [
        {
            "envFrom": [{"configMapRef": {"name": "b"}}],
            "env": [
                {"name": "plain", "value": "x"},
                {"valueFrom": {"secretKeyRef": {"name": "c", "key": "k", "optional": True}}},
                {"valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            ],
        }
    ],
    "volumes": [
        {"secret": {"secretName": "d"}},
        {"configMap": {"name": "e", "optional": True}},
        {"projected": {"sources": [{"secret": {"name": "f"}}, {"serviceAccountToken": {}}]}},
        {"emptyDir": {}},
    ],
    "imagePullSecrets": [{"name": "g"}],
}


def reader(**states: str) -> Any:
    """Return a cluster in which everything is there but for what ``states`` says."""
    return lambda _kind, name: (
        (state, SECRET if state == "present" else {}) for state in [states.get(name, "present")]
    ).__next__()


def test_every_way_to_need_an_object_counts() -> None:
    """Environment, keys, volumes, projections and pull secrets of all containers."""
    found = {(one.kind, one.name) for one in references_of(TEMPLATE, reader(), KEY)}
    assert found == {
        ("Secret", "a"), ("ConfigMap", "b"), ("Secret", "c"), ("Secret", "d"),
        ("ConfigMap", "e"), ("Secret", "f"), ("Secret", "g"),
    }  # fmt: skip


def test_what_is_optional_may_be_missing() -> None:
    """Pods start without it; what is needed once and optional elsewhere is needed."""
    found = references_of(TEMPLATE, reader(c="missing", e="unknown", d="missing"), KEY)
    assert {one.name: one.state for one in found if one.state != "present"} == {"d": "missing"}
    twice = {**TEMPLATE, "volumes": [{"secret": {"secretName": "c"}}]}
    assert {one.name for one in references_of(twice, reader(c="missing"), KEY)} >= {"c"}


@pytest.mark.parametrize("key", [KEY, OTHER_KEY])
def test_a_value_is_a_short_digest_that_only_its_own_look_can_compare(key: bytes) -> None:
    """Equal values are equal under one key, and tell nothing under another; 32 bits, no more."""
    (first, *_), (second, *_) = (references_of(TEMPLATE, reader(), key) for _ in range(2))
    secret = next(one for one in references_of(TEMPLATE, reader(), key) if one.kind == "Secret")
    assert first == second
    digest = secret.keys["PGPASSWORD"]
    assert len(digest) == 8
    assert "correct horse" not in repr(secret)
    assert SECRET["data"]["PGPASSWORD"] not in repr(secret)
    others = references_of(TEMPLATE, reader(), OTHER_KEY if key == KEY else KEY)
    assert digest not in {one.keys["PGPASSWORD"] for one in others}


def test_a_config_maps_values_stay_where_they_are() -> None:
    """Its keys alone are told."""
    (found,) = references_of({"volumes": [{"configMap": {"name": "b"}}]}, reader(), KEY)
    assert found.keys == {"PGPASSWORD": ""}


def test_keys_that_are_meant_to_differ_are_named_by_an_annotation() -> None:
    """``landbridge/differs`` holds them, with commas between."""
    stored = {**SECRET, "metadata": {"annotations": {"landbridge/differs": "A, B,"}}}
    template = {"imagePullSecrets": [{"name": "g"}]}
    (found,) = references_of(template, lambda _kind, _name: ("present", stored), KEY)
    assert found.differs == ("A", "B")
