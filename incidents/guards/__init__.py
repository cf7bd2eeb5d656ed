"""Guard rails: what somebody is asked, told or offered while they record, before it stands for good.

One file for each thing. None of them refuses: what must not happen is a rule (`incidents.rules`). What
a person may not see changes nothing here, but for the one hint of `colleagues`, which a school has to
want (SR-48).
"""
