"""Measurements, run by script/bench; nothing here is a test, and no test is timed."""
