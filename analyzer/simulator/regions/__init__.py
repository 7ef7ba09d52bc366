"""Regions of guest code as Python functions: the fast path of the simulator.

`cache.Regions` is what a machine uses. A region is built in four passes: `build` follows the code from its first
instruction and has `specialize` execute each one on symbolic values (`values`, simplified by `rules` and `conditions`
under the `facts` of the path); `live` says which components a loop keeps; `emit` writes the function.
"""
