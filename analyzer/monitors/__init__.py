"""Monitors: they run guests on a simulated machine, which may itself be a virtual one."""

BARE, TRAP_AND_EMULATE, HYBRID = "bare", "trap-and-emulate", "hybrid"
WAYS = (BARE, TRAP_AND_EMULATE, HYBRID)  # to run a guest
