"""What a container finds around it: variables, arguments, volumes and nothing else."""

from typing import Any

import pytest
from kubernetes import client

from lab.kubernetes.node.environment import expand
from tests.lab.kubernetes.conftest import Home, shell


@pytest.fixture
def configured(home: Home) -> Home:
    """Make a ConfigMap and a Secret to refer to."""
    data = {"MODE": "sync", "ca.crt": "certificate"}
    home.core.create_namespaced_config_map(
        home.namespace, {"metadata": {"name": "settings"}, "data": data}
    )
    home.core.create_namespaced_secret(
        home.namespace, {"metadata": {"name": "login"}, "stringData": {"PGPASSWORD": "secret"}}
    )
    return home


def _printed(home: Home, name: str, **container: Any) -> str:
    home.pod(shell(f'printf "%s" "${name}"', **container))
    home.ended()
    return home.log()


def _from(**source: Any) -> dict[str, Any]:
    return {"env": [{"name": "ASKED", "valueFrom": source}]}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ({"configMapKeyRef": {"name": "settings", "key": "MODE"}}, "sync"),
        ({"secretKeyRef": {"name": "login", "key": "PGPASSWORD"}}, "secret"),
        ({"fieldRef": {"fieldPath": "metadata.name"}}, "one"),
        ({"configMapKeyRef": {"name": "none", "key": "a", "optional": True}}, ""),
    ],
)
def test_variable_from_elsewhere(configured: Home, source: dict[str, Any], expected: str) -> None:
    """A variable's value can come from a ConfigMap, a Secret or the pod itself."""
    assert _printed(configured, "ASKED", **_from(**source)) == expected


def test_host_is_the_pods_address(home: Home) -> None:
    """HOST is the pod's own address, the same as status.podIP."""
    printed = _printed(home, "HOST")

    assert printed == home.core.read_namespaced_pod("one", home.namespace).status.pod_ip


def test_pod_knows_its_namespace(home: Home) -> None:
    """The fieldRef metadata.namespace gives the pod's namespace."""
    source = {"fieldRef": {"fieldPath": "metadata.namespace"}}

    assert _printed(home, "ASKED", **_from(**source)) == home.namespace


def test_all_of_a_secret(configured: Home) -> None:
    """The field envFrom brings every key, with its prefix."""
    every = [{"secretRef": {"name": "login"}, "prefix": "DB_"}]

    assert _printed(configured, "DB_PGPASSWORD", envFrom=every) == "secret"


def test_env_wins_over_env_from(configured: Home) -> None:
    """A variable of `env` is stronger than the same one of `envFrom`."""
    every = [{"configMapRef": {"name": "settings"}}]
    own = [{"name": "MODE", "value": "async"}]

    assert _printed(configured, "MODE", envFrom=every, env=own) == "async"


def test_variable_refers_to_earlier_ones(home: Home) -> None:
    """A value may use $(NAME) of variables before it."""
    variables = [
        {"name": "PORT", "value": "5432"},
        {"name": "ASKED", "value": "$(HOST):$(PORT):$(LATER):$$(PORT)"},
    ]

    printed = _printed(home, "ASKED", env=variables)

    assert printed.endswith(":5432:$(LATER):$(PORT)")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("$(A)", "1"), ("$$(A)", "$(A)"), ("$(B)", "$(B)"), ("$A", "$A"), ("x$(A)$(A)", "x11")],
)
def test_expansion(text: str, expected: str) -> None:
    """Known names are replaced, unknown ones stay, $$ stands for one $."""
    assert expand(text, {"A": "1"}) == expected


def test_environment_is_clean(home: Home) -> None:
    """Nothing of the node's own environment reaches a container but PATH and the lab's marker."""
    home.pod(shell("env"))
    home.ended()

    names = {line.partition("=")[0] for line in home.log().splitlines()}

    assert names - {"PWD", "OLDPWD", "SHLVL", "_"} <= {"PATH", "HOST", "HOSTNAME", "LANDBRIDGE_LAB"}


def test_command_replaces_the_images(home: Home) -> None:
    """The field `command` replaces the image's own command, `args` follow it."""
    container = {"name": "main", "image": "shell:1", "command": ["echo", "$(HOSTNAME)"]}
    home.pod(container | {"args": ["and", "more"]})
    home.ended()

    assert home.log() == "one and more\n"


def test_missing_reference_is_waited_for(home: Home) -> None:
    """A container whose ConfigMap is missing waits, and starts when it is there."""
    source = {"configMapKeyRef": {"name": "late", "key": "a"}}
    home.pod(shell('printf "%s" "$ASKED"', **_from(**source)))

    def waits(pod: Any) -> bool:
        statuses = pod.status.container_statuses or []
        waiting = statuses[0].state.waiting if statuses else None
        return bool(waiting) and waiting.reason == "CreateContainerConfigError"

    home.until(waits)
    home.core.create_namespaced_config_map(
        home.namespace, {"metadata": {"name": "late"}, "data": {"a": "there"}}
    )

    home.ended()
    assert home.log() == "there"


def test_mounted_files_are_found_by_their_path(configured: Home) -> None:
    """A path under a mount, in a variable or an argument, leads to the volume's file."""
    container = shell(
        'cat "$CA" /etc/login/password',
        env=[{"name": "CA", "value": "/etc/ca/ca.crt"}],
        volumeMounts=[
            {"name": "ca", "mountPath": "/etc/ca", "readOnly": True},
            {"name": "login", "mountPath": "/etc/login"},
        ],
    )
    items = [{"key": "PGPASSWORD", "path": "password"}]
    volumes = [
        {"name": "ca", "configMap": {"name": "settings"}},
        {"name": "login", "secret": {"secretName": "login", "items": items}},
    ]
    configured.pod(container, volumes=volumes)
    configured.ended()

    assert configured.log() == "certificatesecret"


def test_log_is_read_in_parts(home: Home) -> None:
    """A log can be cut to its last lines, and read with times."""
    home.pod(shell("for i in 1 2 3; do echo line $i; done"))
    home.ended()

    assert home.log(tail_lines=2) == "line 2\nline 3\n"
    assert home.log(tail_lines=0) == ""
    assert home.log(timestamps=True).splitlines()[0].endswith("Z line 1")


def test_log_of_each_container(home: Home) -> None:
    """With several containers the log of one is asked for by name, init containers too."""
    home.pod(
        shell("echo a", "first"),
        shell("echo b", "second"),
        initContainers=[shell("echo i", "init")],
    )
    home.ended()

    logs = [home.log(container=name) for name in ("first", "second", "init")]

    assert logs == ["a\n", "b\n", "i\n"]
    with pytest.raises(client.ApiException) as refusal:
        home.log()
    assert refusal.value.status == 400


def test_log_of_the_start_before(home: Home) -> None:
    """After a crash, the log of the start before can still be read."""
    home.pod(shell("echo crash; exit 1"), restartPolicy="Always")
    home.until(lambda pod: any(s.restart_count for s in pod.status.container_statuses or []))

    assert home.log(previous=True) == "crash\n"


def test_log_of_a_container_that_has_not_started(home: Home) -> None:
    """Before its first start a container has no log: the request is refused with the reason."""
    home.pod({"name": "main", "image": "ghost:1"})
    home.until(lambda pod: pod.status.container_statuses)

    with pytest.raises(client.ApiException) as refusal:
        home.log()

    assert refusal.value.status == 400
    assert "waiting to start" in refusal.value.body


def test_log_is_followed_to_its_end(home: Home) -> None:
    """A followed log brings what comes, until the container ends."""
    home.pod(shell("echo first; sleep 0.2; echo last"))
    home.until(lambda pod: pod.status.phase in ("Running", "Succeeded"))

    response = home.core.read_namespaced_pod_log(
        "one", home.namespace, follow=True, _preload_content=False
    )

    assert response.read() == b"first\nlast\n"
