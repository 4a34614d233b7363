"""Route 53 in the lab: the API, the name server, the health checkers and the alarm on them."""
