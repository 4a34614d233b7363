"""One site's Kubernetes: an API server, controllers and a node that runs pods as processes."""
