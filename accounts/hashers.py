"""How passwords are kept."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2id(Argon2PasswordHasher):
    """Argon2id with two passes over 19 MiB in one lane: OWASP's minimum, and on purpose no more.

    Django's own choice (100 MiB, eight lanes) takes about 130 ms of every core and 100 MiB for
    each sign-in; when 200 staff sign in at 8:30 on two cores that is a queue of a quarter of a
    minute. This takes about 25 ms. What protects a stolen hash beyond it is the length that
    `accounts.passwords` asks for. When these figures rise, hashes are renewed at sign-in.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
