"""How the lab's own clients tell the emulator that they are no part of what is tested."""

__all__ = ["OBSERVER"]

# In the user agent: what the lab looks with works while AWS's control plane is away.
OBSERVER = "landbridge-lab-observer"
