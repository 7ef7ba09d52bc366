"""Regions of guest code as Python functions: the fast path of the simulator.

`cache.Regions` is what a machine uses. `build` follows the code from a region's first instruction (`fetch`) and has
`specialize` and `accesses` execute each one on symbolic `values`, which `rules`, `slices` and `conditions` simplify,
under the `facts` of its path (`paths`). That gives a `tree`; `live` says what a loop in it must keep; `emit` writes the
function, `text` its expressions and `loops` the way back to its head. `region` compiles it.
"""
