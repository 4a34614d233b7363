"""Constructs: one subject each."""
