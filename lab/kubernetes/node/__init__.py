"""The node: takes pods, runs their containers as local processes and reports what they do."""
