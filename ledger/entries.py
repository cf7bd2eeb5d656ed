"""Reading an entry's bytes: there is one way of writing each, so that one pattern reads them all.

What the pattern matches is canonical (RFC 8785) by construction: names in order, no space, no escape,
no number with a leading zero. What it does not match is not an entry of this format.
"""

import re

_PSEUDONYM = rb"u-[0-9a-z-]{1,64}"
_NUMBER = rb"(?:0|[1-9][0-9]{0,15})"
_NUMBERS = rb"(?:" + _NUMBER + rb"(?:," + _NUMBER + rb")*)?"
_EPOCH = rb'\{"epoch":[1-9][0-9]{0,15},"targets":\[' + _NUMBER + rb"(?:," + _NUMBER + rb")*\]\}"
_ONE_EPOCH = re.compile(rb'"epoch":([0-9]+),"targets":\[([0-9,]+)\]')

ENTRY = re.compile(
    rb'\{"actor":"(?P<actor>' + _PSEUDONYM + rb')"'
    rb'(?:,"approver":"(?P<approver>' + _PSEUDONYM + rb')")?'
    rb',"at":"(?P<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)"'
    rb'(?:,"commit":"(?P<commit>[0-9a-f]{64})")?'
    rb',"epoch":(?P<epoch>[1-9][0-9]{0,15})'
    rb'(?:,"former":\[(?P<former>' + _EPOCH + rb"(?:," + _EPOCH + rb")*)\])?"
    rb',"obj":"(?P<obj>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"'
    rb',"refs":\[(?P<refs>' + _NUMBERS + rb")\]"
    rb'(?:,"rule":"(?P<rule>[0-9a-z._-]{1,64})")?'
    rb',"school":"(?P<school>[0-9A-Za-z_-]{1,64})"'
    rb',"seq":(?P<seq>' + _NUMBER + rb")"
    rb'(?:,"targets":\[(?P<targets>' + _NUMBERS + rb")\])?"
    rb',"tree":"(?P<tree>records|access)"'
    rb',"type":"(?P<type>[a-z_]+\.[a-z_]+)"'
    rb',"v":(?(former)2|1),"via":"(?P<via>S0|S1|S2|SYS|BG)"\}'
)


def numbers(listed: bytes | None) -> list[int]:
    """Return the numbers that an entry lists."""
    return [int(one) for one in listed.split(b",")] if listed else []


def former_epochs(listed: bytes | None) -> list[tuple[int, list[int]]]:
    """Return which numbers of which earlier epochs a disposal names."""
    found = _ONE_EPOCH.findall(listed) if listed else ()
    return [(int(epoch), numbers(named)) for epoch, named in found]
