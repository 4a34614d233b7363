"""What one Lambda needs and nothing else, copied without Docker and without a package index."""
