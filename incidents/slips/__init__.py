"""Slips: what supply staff and visitors report without an account, until it is filed or put aside."""
