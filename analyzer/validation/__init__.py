"""Validation: what the analyzer says and what the monitors do, against executions."""
