"""Which landbridge this is: both halves report it, and the preflight holds them to the same one."""

__all__ = ["VERSION"]

VERSION = "0.1.0"
