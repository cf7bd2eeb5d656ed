"""How many questions a page asks the database."""

from django.db import connection
from django.test.utils import CaptureQueriesContext


def queries_of(client, url: str, sent: dict | None = None) -> int:
    """Open a page, or send something to it, and return the number of queries that it took."""
    with CaptureQueriesContext(connection) as asked:
        response = client.get(url) if sent is None else client.post(url, sent)
    assert response.status_code == 200
    return len(asked)
