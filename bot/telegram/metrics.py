"""What is counted for Prometheus; `docker/grafana.json` shows it."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from retrieval import Answer

SECONDS = (0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60)
"""Bounds of the histograms: an answer takes some 60 ms, and people wait for seconds at most."""


class Metrics:
    """The metrics of one bot."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._questions = Counter(
            "quotewise_questions",
            "Questions by the status of the answer",
            ["status"],
            registry=self.registry,
        )
        self._search = Histogram(
            "quotewise_search_seconds",
            "Time to find an answer",
            buckets=SECONDS,
            registry=self.registry,
        )
        self._wait = Histogram(
            "quotewise_wait_seconds",
            "Time from when a question was sent until its answer was",
            buckets=SECONDS,
            registry=self.registry,
        )

    def show(self, name: str, description: str, value: Callable[[], float]) -> None:
        """Show what a function returns whenever somebody looks."""
        gauge = Gauge(f"quotewise_{name}", description, registry=self.registry)
        gauge.set_function(value)

    def answered(self, answer: Answer, waited: float) -> None:
        """Count an answer, for which somebody waited for so many seconds."""
        self._questions.labels(answer.status.value).inc()
        self._search.observe(answer.took_ms / 1000)
        self._wait.observe(waited)
