"""People who record one incident after the other while everything around them dies."""

import hashlib
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from tests.faults.running import Copy
from tests.faults.teacher import Lost, Teacher

MARK = "Written while everything around it was being killed."
PATIENCE = 120  # seconds until a person gives up on one incident
A_FILE_EVERY, A_READING_EVERY = 20, 10


@dataclass(frozen=True)
class Acknowledged:
    """What a person was shown a receipt for."""

    incident: str  # its key, from the receipt's address
    submission: str
    text: str
    author: str
    files: dict[str, str] = field(default_factory=dict)  # name: SHA-256


@dataclass
class Told:
    """What the copy has told its people, all of which must be true for ever after."""

    acknowledged: list[Acknowledged] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)  # drafts that were shown for review
    opened: list[str] = field(default_factory=list)  # submissions whose page was read, each time
    given_up: list[str] = field(default_factory=list)
    retries: int = 0
    slowest: float = 0.0


class Writer(threading.Thread):
    """One teacher, who tries again until the receipt is there, as a person would."""

    def __init__(self, teacher: Teacher, answers: dict, told: Told, enough: threading.Event):
        super().__init__(daemon=True)
        self.teacher, self.answers, self.told, self.enough = teacher, answers, told, enough
        self.count = 0

    def run(self) -> None:
        """Record until it is enough."""
        while not self.enough.is_set():
            self.count += 1
            self.record()

    def record(self) -> None:
        """Record one incident, with what a person does when an answer is lost."""
        draft = str(uuid4())
        text = f"{MARK} {draft}"
        files = {}
        if self.count % A_FILE_EVERY == 0:
            files = {f"note-{self.count}.txt": f"{text} in a file".encode()}
        typed = self.answers | {"saw": text}
        began = time.monotonic()
        hurry = not files
        while time.monotonic() < began + PATIENCE:
            try:
                if hurry:
                    hurry = False  # whatever comes of it, it is not tried twice
                    receipt = self.teacher.submit_hastily(draft, typed)
                else:
                    receipt = self.step_by_step(draft, typed, files)
            except Lost as lost:
                self.told.retries += 1
                self.again(lost)
                continue
            hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
            self.told.acknowledged.append(
                Acknowledged(receipt.split("/")[-3], draft, text, self.teacher.email, hashes)
            )
            self.told.slowest = max(self.told.slowest, time.monotonic() - began)
            self.read_back(draft, receipt)
            return
        self.told.given_up.append(draft)

    def step_by_step(self, draft: str, typed: dict, files: dict[str, bytes]) -> str:
        """Go through form and review to the receipt, or from where one had got to."""
        if draft in self.told.kept:
            return self.teacher.submit(draft).url
        page = self.teacher.fill_in(draft, typed, files)
        self.told.kept.add(draft)
        return self.teacher.submit(draft, page).url

    def again(self, lost: Lost) -> None:
        """Wait a moment; sign in again where that is what the answer asked for."""
        time.sleep(0.3)
        if "sign-in" in str(lost) or "session-ended" in str(lost) or lost.status == 403:
            try:
                self.teacher.sign_in()
            except Lost:
                time.sleep(0.5)

    def read_back(self, draft: str, receipt: str) -> None:
        """Open now and then what one wrote: each reading has to be on the access log."""
        if self.count % A_READING_EVERY:
            return
        try:
            reference = self.teacher.reference_on(self.teacher.get(receipt))
            page = self.teacher.get(receipt.removesuffix("received/"))
        except Lost:
            return
        if reference in page.text:
            self.told.opened.append(draft)


def answers(copy: Copy, school: str = "elm-park") -> dict:
    """Return what every field of the form is answered with."""
    ((pupil, category),) = copy.query(
        "SELECT p.id, c.id FROM pupils_pupil p JOIN incidents_category c USING (school_id)"
        " JOIN accounts_school s ON s.id = p.school_id WHERE s.slug = %s AND c.parent_id IS NULL"
        " AND p.leaving_date IS NULL ORDER BY p.sort_key, c.position LIMIT 1",
        school,
    )
    now = datetime.now().astimezone()
    return {
        "pupil": str(pupil),
        "level": "2",
        "saw": MARK,
        "occurred_on": f"{now:%Y-%m-%d}",
        "occurred_time": "00:01",
        "precision": "approximate",
        "categories": str(category),
    }


def teachers(copy: Copy, many: int, school: str = "Elm", **more) -> list[Teacher]:
    """Return teachers of a school, signed in; one account may sit at several keyboards."""
    accounts = [
        person
        for person in copy.people
        if person["role"] == "teacher" and person["school"].startswith(school)
    ]
    found = []
    for number in range(many):
        person = accounts[number % len(accounts)]
        teacher = Teacher(copy.address, person["email"], person["password"], **more)
        teacher.sign_in()
        found.append(teacher)
    return found
