from datetime import date

import pytest

from tests import factories
from tests.pupils.exports import upn


@pytest.fixture
def ben(oak):
    """The pupil of whom `exports.BEN` is the row."""
    return factories.pupil(
        oak, "Ben Hill", upn=upn(2), mis_id="77", date_of_birth=date(2017, 2, 1), house="Red"
    )
