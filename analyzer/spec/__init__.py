"""Specification files: from YAML to one frozen, typed machine."""
