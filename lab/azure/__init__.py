"""Azure's side of the lab that is not Kubernetes: the Functions host and the managed identity."""
