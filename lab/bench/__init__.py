"""Measures, each as a ratio made in one run."""
