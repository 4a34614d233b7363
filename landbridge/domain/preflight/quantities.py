"""Kubernetes' amounts as numbers: ``500m`` cores, ``64Mi`` bytes.

Source: Kubernetes API reference, "Quantity".
"""

__all__ = ["parse_quantity"]

_SUFFIXES = {
    **{f"{letter}i": 1024.0**power for power, letter in enumerate("KMGTPE", start=1)},
    **{letter: 1000.0**power for power, letter in enumerate("kMGTPE", start=1)},
    "m": 1e-3,
    "u": 1e-6,
    "n": 1e-9,
}


def parse_quantity(text: object) -> float:
    """Return the amount; raise ValueError for what is none."""
    written = str(text)
    for suffix, factor in _SUFFIXES.items():
        if written.endswith(suffix):
            return float(written.removesuffix(suffix)) * factor
    return float(written)
