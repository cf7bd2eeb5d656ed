"""How large what is shown is, and how much of it: for the program and for whoever starts it."""

MOST_PIXELS = 40_000_000
MOST_PAGES = 30
LONGEST = 2_000
SMALL = 320
