"""Decoding what a stranger sent, in a process of its own that can do nothing else (SR-73).

`asking` starts it, `program` is what runs in it, and `shutting_in` what it gives up first.
"""
