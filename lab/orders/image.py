"""What the image ``landbridge/orders:1`` stands for on this machine."""

import sys

from lab.kubernetes.node.images import Image

__all__ = ["IMAGE", "orders_image"]

IMAGE = "landbridge/orders:1"


def orders_image() -> Image:
    """Return the command that the kubelet runs for the image."""
    return Image(command=(sys.executable, "-m", "lab.orders"))
