"""The IR as compiled Python: instructions executed many times faster than by the reference evaluator."""
