"""The access matrix where it speaks of accounts, the school's lists and the access log.

Who opens their pages, and who does not. What an inspector is given beside named children stands in
no page: the bundle of the ledger that they verify elsewhere (V) is made on the console and handed
over, and aggregates of reports (G), transfers and retention (M) are not there yet. The explicit list
in test_matrix.py fails as soon as an address of theirs appears.
"""

from pathlib import Path

import pytest
import yaml
from django.urls import reverse

from accounts.permissions import Role
from tests import factories
from tests.access.probes import ROLES
from tests.access.test_matrix import CODES_NOT_THERE, NOT_THERE

MATRIX = yaml.safe_load((Path(__file__).parent / "access-matrix.yaml").read_text())["cells"]
PAGES = {"users": "add-person", "categories": "categories"}
CELLS = [
    pytest.param(cell, id=f"{cell['level']}-{cell['role']}-{cell['data']}")
    for cell in MATRIX
    if cell["data"] in PAGES
]


# Which page each code of the log opens. Everybody reads what the log says of themselves, also whose
# cell is empty: it is theirs (docs/users/leading.md).
OF_THE_LOG = {
    "*": "access-log",
    "not-self": "access-log",
    "M": "log-counts",
    "R": "heads-looks",
    "me": "my-looks",
    "none": "my-looks",
}
LOG_PAGES = set(OF_THE_LOG.values()) | {"anomalies"}
# The chair's numbers are those of the head's looks; the head judges what is unusual besides.
INSTEAD = {"CH": {"log-counts": "heads-looks"}}
BESIDES = {("S2", "H"): {"anomalies"}}
LOG_CELLS = [
    pytest.param(cell, id=f"{cell['level']}-{cell['role']}")
    for cell in MATRIX
    if cell["data"] == "audit"
]


@pytest.mark.parametrize("cell", LOG_CELLS)
def test_each_cell_of_the_access_log(cell, oak, open_as):
    """SR-41, SR-52, SR-86: others' looks, numbers, the head's, or one's own, and nothing else."""
    person = factories.person("Alex Grey", oak, ROLES[cell["role"]])
    client = open_as(person.elevated() if cell["level"] == "S2" else person)
    instead = INSTEAD.get(cell["role"], {})
    granted = {OF_THE_LOG[code] for code in cell["grant"] if code in OF_THE_LOG} | {"my-looks"}
    granted = {instead.get(name, name) for name in granted}

    opens = {name for name in LOG_PAGES if client.get(reverse(name)).status_code == 200}

    assert opens == granted | BESIDES.get((cell["level"], cell["role"]), set())


def test_what_an_inspector_takes_along_is_in_no_page_yet():
    """SR-42: V, G and M of the matrix's row X; an address of these kinds fails here and asks for its cells."""
    cells = {
        cell["data"]: set(cell["grant"])
        for cell in MATRIX
        if cell["role"] == "X" and cell["level"] == "S2"
    }
    without_page = {(data, code) for data, codes in cells.items() for code in codes & {*"GVM"}}

    assert without_page == {("reports", "G"), ("audit", "V"), ("transfer", "M"), ("retention", "M")}
    assert all(cell in CODES_NOT_THERE or cell[0] in NOT_THERE for cell in without_page)


@pytest.mark.parametrize("cell", CELLS)
def test_each_cell_of_administration(cell, oak, open_as):
    """SR-41, SR-54: with the authenticator and the right role, and for nobody else."""
    role = ROLES[cell["role"]]
    person = factories.person("Alex Grey", oak, role)
    viewer = person.elevated() if cell["level"] == "S2" else person
    page = reverse(PAGES[cell["data"]])

    opens = open_as(viewer).get(page).status_code == 200

    assert opens == ("W" in cell["grant"])
    if opens:  # and who differs in one thing alone does not
        assert open_as(person).get(page).status_code == 302
        other = factories.person("Sam Grey", oak, Role.TEACHER)
        assert open_as(other.elevated()).get(page).status_code == 404
