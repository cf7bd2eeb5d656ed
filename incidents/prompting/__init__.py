"""What to think of while writing: short questions for a kind of concern, which a school changes."""
