"""Remedies for instructions that may not run directly: what to change, and what is to be proved of it."""
