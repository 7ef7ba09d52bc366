"""The semantics language: texts to typed IR, the one table of operators, the reference evaluator, effects, printer."""
