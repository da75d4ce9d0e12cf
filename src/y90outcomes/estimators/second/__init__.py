"""The same numbers from the libraries, for double programming: arrays in, plain dictionaries out.

Nothing here imports an estimator of ours. Every library is called here alone, its traps stepped around and named.
"""
