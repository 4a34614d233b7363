"""The first day's manifests, in the page's order, against an API server that is empty."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.deploy.test_manifests import SITES
from tests.deploy.test_roles import cluster
from tests.docs.commands import ROOT, read_page

_FILE = re.compile(r"-f build/deploy/(\S+\.yaml)|-f \"build/deploy/\$site/(\S+\.yaml)\"")


def applied(site: str) -> Iterator[dict[str, Any]]:
    """Yield what the page's commands create and apply at a site, one by one, in their order."""
    for line in read_page("first-day.md").shell.splitlines():
        if not re.search(rf'kubectl --context ({site}|"\$site") ', line):
            continue
        if made := re.search(r"create namespace ([\w-]+)", line):
            yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": made.group(1)}}
        for own, either in _FILE.findall(line):
            file = own.replace("both-azure/", "both/") or f"{site}/{either}"
            yield from yaml.safe_load_all((ROOT / "deploy" / file).read_text())


@pytest.mark.parametrize("site", SITES)
def test_each_command_finds_what_it_stands_on(site: str) -> None:
    """A namespace is there before what is in it, and no object is refused."""
    order = list(applied(site))
    assert order[0]["kind"] == "Namespace"
    # An object of another namespace than those that are there is refused by the server.
    with cluster(site, order) as made:
        assert made.url
    kinds = {one["kind"] for one in order}
    assert {"StatefulSet", "Deployment", "RoleBinding", "NetworkPolicy", "Service"} <= kinds
    assert {"PodDisruptionBudget", "StorageClass", "ConfigMap"} <= kinds
