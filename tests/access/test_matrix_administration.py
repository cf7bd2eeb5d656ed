"""The access matrix where it speaks of accounts and of the school's lists: who opens their pages.

A page of the access log comes with its own cells ("audit").
"""

from pathlib import Path

import pytest
import yaml
from django.urls import reverse

from accounts.permissions import Role
from tests import factories
from tests.access.probes import ROLES

MATRIX = yaml.safe_load((Path(__file__).parent / "access-matrix.yaml").read_text())["cells"]
PAGES = {"users": "add-person", "categories": "categories"}
CELLS = [
    pytest.param(cell, id=f"{cell['level']}-{cell['role']}-{cell['data']}")
    for cell in MATRIX
    if cell["data"] in PAGES
]


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
