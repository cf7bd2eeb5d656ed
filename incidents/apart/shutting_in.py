"""What a process gives up, for good, before it looks at what a stranger sent.

It cannot open a file, make a connection, start a process or another program, or look into one; its
memory and time are limited. Which user it runs as, and in what else it is shut, is the host's part
(docs/running.md).
"""

import ctypes
import os
import platform
import resource
import struct
import sys

MEGABYTE = 1024 * 1024
MOST_MEMORY = 512 * MEGABYTE
MOST_SECONDS = 20
NOBODY = 65_534
PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 4, 22, 38
SECCOMP_MODE_FILTER = 2

# What is refused, as the kernel numbers it on each kind of machine: starting processes and programs,
# files, sockets, looking into other processes, and doors into the kernel that no decoder needs.
CLONE3 = 435
EVERYWHERE = (425, 428, 429, 430, 434, 437, 438)  # io_uring, mounts, pidfds, openat2
MACHINES = {
    "x86_64": (
        0xC000003E,
        56,
        (
            *(2, 41, 53, 57, 58, 59, 62, 85, 101, 165, 200, 248, 249, 250, 257, 272, 304, 308, 310),
            *(311, 319, 321, 322, 323),
        ),
    ),
    "aarch64": (
        0xC00000B7,
        220,
        (
            *(
                40,
                56,
                97,
                117,
                129,
                130,
                198,
                199,
                217,
                218,
                219,
                221,
                265,
                268,
                270,
                271,
                279,
                280,
            ),
            *(281, 282),
        ),
    ),
}
EPERM, ENOSYS = 1, 38
CLONE_THREAD = 0x10000
ALLOW, REFUSE = 0x7FFF0000, 0x00050000
LOAD, IS_EQUAL, IS_AT_LEAST, HAS_BIT, ANSWER = 0x20, 0x15, 0x35, 0x45, 0x06
OTHER_NUMBERS = 0x40000000  # the same calls once more, for programs with short addresses
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16


def shut_in() -> None:
    """Give all of it up. There is no way back, for this process and whatever it does."""
    for limit, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CPU, MOST_SECONDS),
        (resource.RLIMIT_AS, MOST_MEMORY),
        (resource.RLIMIT_NOFILE, 3),  # no number is left for a file or a socket
    ):
        resource.setrlimit(limit, (most, most))
    libc = ctypes.CDLL(None)
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    if sys.platform == "linux":
        libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        _refuse_calls(libc)


def _refuse_calls(libc: ctypes.CDLL) -> None:
    """Have the kernel refuse what no decoder needs; a kernel that cannot leaves the limits above."""
    known = MACHINES.get(platform.machine())
    if known is None:
        return
    steps = _steps(*known)
    program = b"".join(struct.pack("<HBBI", *step) for step in steps)
    kept = ctypes.create_string_buffer(program)
    said = struct.pack("@HP", len(steps), ctypes.addressof(kept))
    libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.create_string_buffer(said), 0, 0)


def _steps(
    architecture: int, clone: int, refused: tuple[int, ...]
) -> list[tuple[int, int, int, int]]:
    """Return the filter as the kernel's little machine reads it: load, compare, skip, answer."""
    refused = (*refused, *EVERYWHERE)
    steps = [
        (LOAD, 0, 0, ARCHITECTURE),
        (IS_EQUAL, 1, 0, architecture),
        (ANSWER, 0, 0, REFUSE | EPERM),
        (LOAD, 0, 0, NUMBER),
        (IS_AT_LEAST, 0, 1, OTHER_NUMBERS),
        (ANSWER, 0, 0, REFUSE | EPERM),
        (IS_EQUAL, 0, 1, CLONE3),
        (ANSWER, 0, 0, REFUSE | ENOSYS),  # the library then asks by clone, whose flags can be read
        (IS_EQUAL, 0, 4, clone),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        (HAS_BIT, 0, 1, CLONE_THREAD),
        (ANSWER, 0, 0, ALLOW),
        (ANSWER, 0, 0, REFUSE | EPERM),
    ]
    for number in refused:
        steps += [(IS_EQUAL, 0, 1, number), (ANSWER, 0, 0, REFUSE | EPERM)]
    return [*steps, (ANSWER, 0, 0, ALLOW)]
