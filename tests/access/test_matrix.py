"""The access matrix of the specification, cell by cell: a request that is allowed, one that is not.

The two are made by people who differ in one thing alone. Kinds of data that the product does not
hold yet stand in NOT_THERE, which fails as soon as an address of theirs appears.
"""

from pathlib import Path

import pytest
import yaml

from accounts.checks import pages
from accounts.permissions import Role
from tests.access.probes import PAIRS, ROLES, Scene, by_more, by_role, pair, question

MATRIX = yaml.safe_load((Path(__file__).parent / "access-matrix.yaml").read_text())["cells"]

# What has no page yet, by words that would stand in an address's name.
NOT_THERE = {
    "staff": ["concern-about", "staff-concern", "allegation"],
    "transfer": ["transfer"],
    "sar": ["subject-access"],
    "retention": ["retention", "dispose", "disposal"],
}
# Codes of kinds that exist whose pages do not: what they are, by words of an address's name.
CODES_NOT_THERE = {
    ("pupils", "K"): ["care-flag"],
    ("pupils", "W"): ["edit-pupil", "import-pupils"],
    ("reports", "G"): ["governor", "aggregate"],
    ("audit", "V"): ["bundle", "verification-bundle"],
}
# The chair's are of staff concerns, which are not there; their cells say so by the column "staff".
OF_STAFF_CONCERNS = {("CH", "attachments"), ("CH", "bodymap")}
# Note 8: an inspector takes nothing away, and a file is not shown in a page but saved (SR-70). Tried
# in tests/access/test_inspecting.py.
NO_DOWNLOAD = {("X", "attachments")}
ELSEWHERE = {"audit", "users", "categories"}  # tests/access/test_matrix_administration.py


def cases() -> list:
    found = []
    for cell in MATRIX:
        for code in cell["grant"]:
            if cell["data"] in NOT_THERE or cell["data"] in ELSEWHERE:
                continue
            if (cell["data"], code) in CODES_NOT_THERE:
                continue
            if (cell["role"], cell["data"]) in OF_STAFF_CONCERNS | NO_DOWNLOAD and code != "none":
                continue
            mark = f"{cell['level']}-{cell['role']}-{cell['data']}-{code}"
            found.append(pytest.param(cell["level"], cell["role"], cell["data"], code, id=mark))
    return found


def test_the_matrix_is_whole():
    """SR-41: 2 strengths, 13 roles, 16 kinds of data."""
    cells = {(cell["level"], cell["role"], cell["data"]) for cell in MATRIX}

    assert len(MATRIX) == len(cells) == 416
    assert {cell["role"] for cell in MATRIX} == set(ROLES)


def test_kinds_of_data_that_are_not_there_have_no_address():
    """SR-41: who adds such a page takes its kind off the list, and its cells are tried."""
    names = [pattern.name or "" for _, pattern in pages()]
    words = [*NOT_THERE.values(), *CODES_NOT_THERE.values()]

    assert [name for name in names for few in words for word in few if word in name] == []


@pytest.fixture
def scene(oak, ada, dee, sam, open_as) -> Scene:
    return Scene(school=oak, pupil=sam, author=ada, lead=dee.elevated(), open_as=open_as)


@pytest.mark.parametrize(("level", "letter", "data", "code"), cases())
def test_each_cell_allows_one_and_denies_the_other(scene, level, letter, data, code):
    """SR-19, SR-41, SR-42, SR-43, SR-54."""
    # Choices made: the roll is the data manager's; IT has accounts and settings, and no pupils.
    role = Role.DATA_MANAGER if (letter, data, code) == ("A", "pupils", "F") else ROLES[letter]
    if code == "none":
        asked, (may, may_not) = question(data, NEEDED[data]), by_more(scene, role)
    elif code == "W":
        asked, (may, may_not) = question(data, code), writers(scene, role, data)
    else:
        asked, (may, may_not) = question(data, code), pair(data, code)(scene, role)
    if level == "S2":
        may, may_not = may.elevated(), may_not.elevated()

    assert asked is not None
    assert asked(scene, may)
    assert not asked(scene, may_not)


# What is asked of those who have nothing in a column.
NEEDED = {"pupils": "F", "own": "O", "alerted": "A"} | dict.fromkeys(
    ["incidents", "chronology", "attachments", "bodymap", "notes", "reports"], "*"
)


def writers(scene: Scene, role: Role, data: str):
    """Return who may add in this column, and who may not and differs in one thing."""
    if data == "own":
        return by_role(scene, role)
    if data == "alerted":
        return PAIRS["A"](scene, role)
    every = {Role.DSL, Role.HEAD, Role.SLT}
    return PAIRS["*" if role in every else "C"](scene, role)
