"""What happened, provably. For now: who looked at what."""
