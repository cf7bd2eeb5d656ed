"""Where each security setting is kept, as the apps that keep one say it.

Modules, by name, with two functions: `lower(*, by, proposal)` and `lowered_in_words(proposal)`.
"""

KEPT_IN: dict[str, str] = {"role": "accounts.rights", "demands": "accounts.demands"}
