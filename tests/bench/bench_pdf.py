"""The chronology as a PDF: time and memory for 20, 100 and 300 entries."""

import multiprocessing
import resource
import time

import pytest
from django.utils import timezone

from reports import facts, rendering
from tests.bench.conftest import history
from tests.reports import story


def in_a_process_of_its_own(paper, answers) -> None:
    """Render, and say how long it took, how many pages it gave and how much memory it needed."""
    began = time.perf_counter()
    printed = rendering.render(paper, tell=lambda *_: None, most_seconds=300)
    seconds = round(time.perf_counter() - began, 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    answers.put((seconds, printed.pages, peak, len(printed.content) // 1024))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("entries", [20, 100, 300])
def test_pdf_of_a_chronology(entries, school, ada, dee, sam, figures):
    history(ada, dee.elevated(), sam, entries, actions=0)
    report = story.ask(dee, sam)
    began = time.perf_counter()
    paper = facts.gather(dee.elevated(), report, timezone.now())
    gathered = round((time.perf_counter() - began) * 1000)
    fork = multiprocessing.get_context("fork")
    answers = fork.Queue()
    process = fork.Process(target=in_a_process_of_its_own, args=(paper, answers))
    process.start()
    seconds, pages, peak, size = answers.get(timeout=300)
    process.join()

    name = f"chronology PDF: {entries} entries"
    figures.keep(f"{name}, gathering, ms", gathered)
    figures.keep(f"{name}, laying out {pages} pages, s", seconds)
    figures.keep(f"{name}, peak memory of the process, MiB", peak)
    figures.keep(f"{name}, size, KiB", size)
