"""Are two references of one image: each site pulls it from a registry of its own.

The registry's host and the path in front of the image's name are the site's. What must agree is the
name, and the digest where both give one, else the tag. Source: OCI Distribution Specification,
"Pulling manifests"; a reference without a tag means ``latest``.
"""

from collections.abc import Iterator, Mapping

from landbridge.domain.preflight.check import Finding, fail, warn

__all__ = ["image_differences"]

_MOVES = "latest"


def image_differences(aws: Mapping[str, str], azure: Mapping[str, str]) -> Iterator[Finding]:
    """Yield what differs between both sites' images, which are by the container's name."""
    for container in sorted({*aws, *azure}):
        here, there = azure.get(container), aws.get(container)
        if here is None or there is None or _image(here) != _image(there):
            yield fail(
                f"container {container}: Azure has {here or 'no such container'}, AWS has"
                f" {there or 'no such container'}",
                "deploy the same version to both sites",
            )
        elif here != there and not _digest(here) and _image(here)[1] == _MOVES:
            yield warn(
                f"container {container}: {here} and {there} may be two versions: the tag moves",
                "deploy a version's own tag or its digest",
            )


def _image(reference: str) -> tuple[str, str]:
    """Return the image's name and its digest, or where it has none its tag."""
    name, _, digest = reference.partition("@")
    name, _, tag = name.rpartition("/")[2].partition(":")
    return name, digest or tag or _MOVES


def _digest(reference: str) -> str:
    return reference.partition("@")[2]
