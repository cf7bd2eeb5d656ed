"""Short references that people can read out, and that tell nothing about what else exists."""

import secrets

# No 0 and O, 1 and I and L, 5 and S, 8 and B, U and V: a reference is read out on the telephone.
ALPHABET = "234679ACDEFGHJKMNPQRTWXYZ"


def new_reference() -> str:
    """Return a random reference such as K7Q-2MD; uniqueness is the database's to refuse."""
    letters = [secrets.choice(ALPHABET) for _ in range(6)]
    return "".join(letters[:3]) + "-" + "".join(letters[3:])
