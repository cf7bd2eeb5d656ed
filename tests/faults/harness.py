"""Breaks every part of a running copy, in an order drawn from a seed, while people record.

    script/faults [--faults N] [--kinds kill,stop,cut] [--writers N] [--acknowledgements N] [--seed S]
                  [--minutes N] [--only NAME]

A part is killed, or stopped for some seconds, or everybody is cut off from it for some seconds while it
goes on running. Counts what was acknowledged and what is there, and asks all of `invariants.py`. The
order of the faults and how long each lasts is the seed's alone; when each comes follows how far the
writers are, or the clock.
"""

import argparse
import json
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass
from email import message_from_bytes
from pathlib import Path

from tests.faults.invariants import Invariants
from tests.faults.running import Copy
from tests.faults.writers import MARK, Told, Writer, answers, teachers

# PostgreSQL dies in three ways: all of it, the postmaster alone, and one of its backends.
VICTIMS = ["web", "worker", "beat", "mail", "valkey", "signer", "postgres", "postmaster", "backend"]
FAULTS = {
    "kill": VICTIMS,
    "stop": [name for name in VICTIMS if name not in {"postmaster", "backend"}],
    "cut": ["postgres", "valkey", "signer"],
}
SHORTEST_STOP, LONGEST_STOP = 2.0, 8.0  # seconds that something hangs, or cannot be reached
BREATH = 4.0  # seconds between two deaths: what keeps dying proves little
LONGEST = 60.0  # minutes
MAIL = 900.0  # seconds in which all mail has to be out at the end


@dataclass
class Result:
    """One run in numbers."""

    seed: int
    writers: int
    faults: dict[str, int]
    wanted: int
    acknowledged: int = 0
    found: int = 0
    lost: int = 0
    doubled: int = 0
    given_up: int = 0
    retries: int = 0
    slowest_seconds: float = 0.0
    readings: int = 0
    mails_due: int = 0
    mails_sent: int = 0
    mails_twice: int = 0
    ledger_entries: int = 0
    ledger_gaps: int = 0
    broken: int = 0
    seconds: float = 0.0

    def lines(self) -> list[str]:
        """Return what a person reads."""
        done = ", ".join(f"{name} {times}" for name, times in sorted(self.faults.items()))
        return [
            f"seed {self.seed}: {self.writers} writers, {sum(self.faults.values())} faults ({done})",
            f"acknowledged {self.acknowledged} of {self.wanted} wanted, found {self.found}, lost {self.lost}",
            f"doubled {self.doubled}, given up {self.given_up}",
            f"answers lost and tried again {self.retries}, slowest {self.slowest_seconds:.1f} s",
            f"readings checked against the access log {self.readings}",
            f"mails due {self.mails_due}, sent {self.mails_sent}, twice {self.mails_twice}",
            f"ledger entries {self.ledger_entries}, gaps {self.ledger_gaps}",
            f"invariants broken {self.broken}, {self.seconds:.0f} s in all",
        ]


def say(line: str) -> None:
    """Print at once, also into a pipe."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def order(seed: int, faults: int, only: str | None, kinds: list[str]) -> list[str]:
    """Return what is done to what, one after the other: each once before any twice."""
    chance, drawn = random.Random(seed), []
    every = [f"{kind} {name}" for kind in kinds for name in FAULTS[kind] if only in (None, name)]
    while len(drawn) < faults:
        drawn += chance.sample(every, len(every))
    return drawn[:faults]


def inflict(copy: Copy, fault: str, chance: random.Random) -> bool:
    """Do this to one of the copy's parts; false when it is not there just now."""
    kind, _, name = fault.partition(" ")
    if kind == "kill":
        return kill(copy, name, chance)
    if not copy.family(name) or (kind == "cut" and not copy.socket(name).exists()):
        return False
    seconds = chance.uniform(SHORTEST_STOP, LONGEST_STOP)
    with copy.hanging(name) if kind == "stop" else copy.cut_off(name):
        time.sleep(seconds)
    return True


def kill(copy: Copy, victim: str, chance: random.Random) -> bool:
    """Kill one of the copy's processes; false when there is no such process."""
    if victim not in {"postmaster", "backend"}:
        return copy.kill(victim)
    family = copy.family("postgres")
    if len(family) < 2:
        return False
    return copy.kill_one(family[0] if victim == "postmaster" else chance.choice(family[1:]))


def run(
    copy: Copy,
    *,
    writers: int,
    acknowledgements: int,
    faults: list[str],
    seed: int,
    breath: float = BREATH,
    minutes: float = LONGEST,
) -> tuple[Invariants, Told, Counter[str]]:
    """Let people record until enough is acknowledged, with faults on the way; return what was told."""
    before = Invariants(copy)
    given, told, enough = answers(copy), Told(), threading.Event()
    people = [Writer(one, given, told, enough) for one in teachers(copy, writers)]
    for person in people:
        person.start()
    chance, done, began = random.Random(seed), Counter(), time.monotonic()
    end = began + minutes * 60
    for number, fault in enumerate(faults, 1):
        share = number / (len(faults) + 1)  # of the receipts, or of the time on a slow machine
        until(told, int(acknowledgements * share), began + minutes * 60 * share)
        while not inflict(copy, fault, chance):
            if fault.endswith(" signer") and "signer" not in copy.pids():
                break
            time.sleep(0.5)
        else:
            done[fault] += 1
        say(f"  {time.monotonic() - began:5.0f} s, {len(told.acknowledged)}: {fault}")
        time.sleep(breath)
    until(told, acknowledgements, end)
    enough.set()
    for person in people:
        person.join()
    return before, told, done


def until(told: Told, acknowledged: int, end: float) -> None:
    """Wait until that much is acknowledged, or the time is over."""
    while len(told.acknowledged) < acknowledged and time.monotonic() < end:
        time.sleep(0.2)


def count(
    copy: Copy,
    before: Invariants,
    told: Told,
    done: Counter,
    seed: int,
    writers: int,
    wanted: int,
) -> Result:
    """Ask the database, the files, the mail and the ledger what is there."""
    mail = Mail(copy)
    there = dict(
        copy.query("SELECT id::text, saw FROM incidents_incident WHERE starts_with(saw, %s)", MARK)
    )
    broken = before.broken(told)
    for sentence in broken[:50]:
        say(sentence)
    entries, gaps = before.ledger_numbers()
    return Result(
        seed=seed,
        writers=writers,
        faults=dict(done),
        wanted=wanted,
        acknowledged=len(told.acknowledged),
        found=len(there),
        lost=sum(one.incident not in there for one in told.acknowledged),
        doubled=len(there) - len(set(there.values())),
        given_up=len(told.given_up),
        retries=told.retries,
        slowest_seconds=round(told.slowest, 1),
        readings=len(told.opened),
        mails_due=len(mail.due),
        mails_sent=len(set(mail.sent) & mail.due),
        mails_twice=sum(times - 1 for times in mail.sent.values()),
        ledger_entries=entries,
        ledger_gaps=gaps,
        broken=len(broken),
    )


class Mail:
    """What was promised by mail and what arrived, once nothing waits any more."""

    def __init__(self, copy: Copy):
        until = time.monotonic() + MAIL
        waiting = "SELECT count(*) FROM safeguard_outbox WHERE done_at IS NULL AND kind = 'alert'"
        while copy.query(waiting)[0][0] and time.monotonic() < until:
            time.sleep(1)
        self.due = {
            str(alert)
            for (alert,) in copy.query(
                "SELECT a.id FROM incidents_alert a"
                " JOIN incidents_incident i ON i.id = a.incident_id WHERE starts_with(i.saw, %s)",
                MARK,
            )
        }
        self.sent: Counter[str] = Counter()
        for path in (copy.var / "mail").glob("*.eml"):
            said = message_from_bytes(path.read_bytes())["Message-ID"]
            alert = said.removeprefix("<alert.").partition("@")[0]
            if alert in self.due:
                self.sent[alert] += 1


def main() -> int:
    """Read the command line, run, print; 1 when anything was lost or is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--faults", type=int, default=10)
    parser.add_argument("--kinds", default=",".join(FAULTS), help="of kill, stop and cut")
    parser.add_argument("--writers", type=int, default=16)
    parser.add_argument("--acknowledgements", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--minutes", type=float, default=LONGEST)
    parser.add_argument("--only", choices=VICTIMS)
    parser.add_argument("--json", type=Path, help="write the numbers here as well")
    options = parser.parse_args()
    kinds = options.kinds.split(",")
    if not set(kinds) <= set(FAULTS):
        parser.error(f"--kinds is of {', '.join(FAULTS)}")
    if not any(options.only in (None, *FAULTS[kind]) for kind in kinds):
        parser.error(f"{options.only} is not among what {options.kinds} can be done to")
    seed = random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the copy has to be stopped with us
    say(f"seed {seed}")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="safeguard-faults-") as folder:
        copy = Copy(Path(folder), "faults")
        try:
            before, told, done = run(
                copy,
                writers=options.writers,
                acknowledgements=options.acknowledgements,
                faults=order(seed, options.faults, options.only, kinds),
                seed=seed,
                minutes=options.minutes,
            )
            wanted = options.acknowledgements
            result = count(copy, before, told, done, seed, options.writers, wanted)
        finally:
            copy.stop()
    result.seconds = round(time.monotonic() - began)
    say("\n".join(result.lines()))
    if options.json:
        options.json.write_text(json.dumps(asdict(result), indent=2) + "\n")
    well = result.mails_due == result.mails_sent and not result.given_up
    return 0 if well and not (result.lost or result.doubled or result.broken) else 1


if __name__ == "__main__":
    sys.exit(main())
