"""The API server: what a client of EKS or AKS sees, held in memory and served over HTTP."""
