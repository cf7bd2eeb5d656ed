"""How many queries each page needs with some data, and with ten times as much."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.bench.conftest import history

PAGES = ["home", "my-incidents", "alerts", "for-review", "pupils", "reports", "add-incident"]


def counted(client, address: str) -> int:
    """Return the queries of the second look at a page."""
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


@pytest.mark.django_db(transaction=True)
def test_queries_of_each_page_at_1x_and_10x(school, ada, dee, sam, figures, open_as):
    history(ada, dee.elevated(), sam, 5)
    client, author = open_as(dee.elevated()), open_as(ada)
    chronology = reverse("chronology", args=[sam.pk])

    def all_pages():
        found = {name: counted(client, reverse(name)) for name in PAGES}
        found["my-incidents (author)"] = counted(author, reverse("my-incidents"))
        found["chronology"] = counted(client, chronology)
        return found

    once = all_pages()
    history(ada, dee.elevated(), sam, 45)
    ten = all_pages()

    figures.keep("queries at 1x and 10x", {name: [once[name], ten[name]] for name in once})
