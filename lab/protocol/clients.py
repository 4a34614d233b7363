"""The clients: many, who resolve whenever they like, keep any answer, and write all the time.

So what a client could do is done at once: DNS is asked in every world, and every site that would
acknowledge a write, and whose address DNS gave to anybody at any time, acknowledges one. More
acknowledgements can only show more of what must not be, since no step reads them.
"""

from lab.protocol.databases import aws_commits, azure_commits, streams_to_azure
from lab.protocol.step import Model
from lab.protocol.world import Site, World

__all__ = ["acknowledging", "after_writes", "describe"]


def acknowledging(world: World) -> tuple[bool, bool]:
    """Return whether AWS, and whether Azure, acknowledges a client's write in this world."""
    return (
        "aws" in world.resolved and aws_commits(world),
        "azure" in world.resolved and azure_commits(world),
    )


def after_writes(model: Model, world: World) -> World:
    """Return the world after the clients asked DNS and wrote wherever they could."""
    answered = model.rules.pair.answer(world)
    if answered not in world.resolved:
        world = world._replace(resolved=world.resolved | {answered})
    by_aws, by_azure = acknowledging(world)
    newest = (
        _newest(world.aws, world.acknowledged[0], acknowledges=by_aws),
        _newest(world.azure, world.acknowledged[1], acknowledges=by_azure),
    )
    if newest != world.acknowledged:
        world = world._replace(acknowledged=newest)
    if by_aws and not (world.aws.waits and streams_to_azure(world)) and not world.azure.lacks:
        world = world._replace(azure=world.azure._replace(lacks=True))
    if by_azure and not world.aws.lacks:
        world = world._replace(aws=world.aws._replace(lacks=True))
    return world


def _newest(site: Site, before: int, *, acknowledges: bool) -> int:
    return max(before, site.epoch) if acknowledges else before


def describe(model: Model, before: World, world: World) -> list[str]:
    """Return what the clients live through between two worlds, in sentences."""
    was, now = model.rules.pair.answer(before), model.rules.pair.answer(world)
    said = [f"DNS answers {now}."] if was != now else []
    did, does = acknowledging(before), acknowledging(world)
    said += _site_said("aws", before.aws, world.aws, (did[0], does[0]), now)
    said += _site_said("azure", before.azure, world.azure, (did[1], does[1]), now)
    return said


def _site_said(
    name: str, before: Site, site: Site, acknowledges: tuple[bool, bool], answered: str
) -> list[str]:
    did, does = acknowledges
    if did and not does:
        return [f"{name} acknowledges no write any more."]
    if not does or (did and before.epoch == site.epoch):
        return []
    cached = "" if answered == name else ", which it got from DNS before"
    return [f"A client writes to {name}{cached}: acknowledged, in epoch {site.epoch}."]
