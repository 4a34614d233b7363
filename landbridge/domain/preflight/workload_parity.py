"""Would the standby's pods be what the primary's are: images, Secrets and ConfigMaps.

No value of a Secret is here: digests with a key of this one look, cut short, are compared.
"""

from collections.abc import Iterator

from landbridge.domain.preflight.check import SITE, Check, Finding, check_of, fail, unknown, warn
from landbridge.domain.preflight.cluster_facts import ClusterFacts, Reference, unasked_cluster
from landbridge.domain.preflight.images import image_differences

__all__ = ["workload_checks"]


def workload_checks(aws: ClusterFacts, azure: ClusterFacts) -> list[Check]:
    """Return the checks that hold the workload's two Deployments to each other."""
    blind = unasked_cluster(aws, azure) or [
        unknown(f"{SITE[one.site]}'s Deployment: {one.workload_reason}")
        for one in (aws, azure)
        if not one.images
    ]
    return [
        check_of(
            "images",
            blind or image_differences(aws.images, azure.images),
            "both sites run the same images",
        ),
        check_of(
            "secrets",
            blind or _references("Secret", aws, azure),
            "both sites have the same Secrets",
        ),
        check_of(
            "config-maps",
            blind or _references("ConfigMap", aws, azure),
            "both sites have the ConfigMaps, with the same keys",
        ),
    ]


def _references(kind: str, aws: ClusterFacts, azure: ClusterFacts) -> Iterator[Finding]:
    here = {one.name: one for one in azure.references if one.kind == kind}
    there = {one.name: one for one in aws.references if one.kind == kind}
    for site, known in (("Azure", here), ("AWS", there)):
        for one in known.values():
            if one.state == "missing":
                yield fail(
                    f"{site} has no {kind} {one.name}: its pods would not start",
                    f"create {kind} {one.name} there, as the other site has it",
                )
            elif one.state != "present":
                yield unknown(
                    f"{site}'s {kind} {one.name} could not be read",
                    f"name it in the role landbridge-parity, deploy/{site.lower()}/preflight.yaml",
                )
    for name in sorted({*here} & {*there}):
        if here[name].state == there[name].state == "present":
            yield from _difference(kind, here[name], there[name])


def _difference(kind: str, here: Reference, there: Reference) -> Iterator[Finding]:
    for site, lacking in (
        ("Azure", set(there.keys) - set(here.keys)),
        ("AWS", set(here.keys) - set(there.keys)),
    ):
        if lacking:
            found = fail if site == "Azure" else warn
            yield found(
                f"{site}'s {kind} {here.name} lacks {', '.join(sorted(lacking))}",
                f"add what is missing to {kind} {here.name}",
            )
    meant = {*here.differs, *there.differs}
    other = [
        key
        for key in sorted(set(here.keys) & set(there.keys) - meant)
        if here.keys[key] != there.keys[key]
    ]
    if other:
        yield fail(
            f"{kind} {here.name}: {', '.join(other)} differs between the sites",
            "make them the same; what is meant to differ goes into the annotation"
            " landbridge/differs, as KEY,KEY",
        )
