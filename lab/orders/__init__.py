"""The sample workload: a small HTTP order service, the same at both sites."""
