"""The controllers: clients of the API that make Deployments, StatefulSets and Jobs into pods."""
