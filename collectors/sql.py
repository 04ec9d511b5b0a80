"""SQL collectors: a folder of `.sql` files, one statement and one set of metrics each."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from collectors.contract import Collector, Part, Run
from collectors.errors import QueryRefused
from collectors.query import Query
from metrics import Metric, Reading
from metrics.catalogue import domains


class SqlCollector(Collector):
    """The queries of a folder and the metrics that they feed.

    `metrics` are the declarations in Python; files may declare more in their headers. Raises QueryRefused with every
    fault of every file: each declared metric must be fed by exactly one of them.
    """

    needs_source = True

    def __init__(self, name: str, folder: Path, metrics: Iterable[Metric] = (), *, interval: float = 60) -> None:
        problems = self._fill(name, _files(folder), tuple(metrics), interval)
        if problems:
            raise QueryRefused("\n".join(problems))

    @classmethod
    def of_domain(cls, file: str) -> "SqlCollector":
        """The built-in collector of a domain: `file` is the `__init__.py` of its folder, which is called like the
        module in `metrics/` that declares what it reads.
        """
        folder = Path(file).parent
        return cls(folder.name, folder, domains()[folder.name])

    @classmethod
    def from_folder(cls, folder: Path) -> "SqlCollector":
        """The collector of a plugin folder: refused files are told in `problems`, and the others run.

        Raises QueryRefused when no file is left.
        """
        collector = cls.__new__(cls)
        collector.problems = collector._fill(folder.name, _files(folder), (), 60)
        if not collector.queries:
            raise QueryRefused("\n".join(collector.problems))
        return collector

    @classmethod
    def from_file(cls, path: Path) -> "SqlCollector":
        """The collector of a single file that declares its own metrics."""
        collector = cls.__new__(cls)
        if problems := collector._fill(path.stem, [path], (), 60):
            raise QueryRefused("\n".join(problems))
        return collector

    def _fill(self, name: str, files: Sequence[Path], metrics: tuple[Metric, ...], interval: float) -> list[str]:
        """Read the files; returns what is wrong with them, file by file."""
        self.name, self.interval = name, interval
        queries, problems = [], []
        for path in files:
            try:
                queries.append(Query(path, metrics))
            except QueryRefused as error:
                problems.append(str(error))
        self.queries: tuple[Query, ...] = tuple(queries)
        self.metrics = (*metrics, *(metric for query in queries for metric in query.declared))
        return problems or self._coverage_problems()

    def _coverage_problems(self) -> list[str]:
        problems = []
        homes = {metric.name: f"{query.path}: " for query in self.queries for metric in query.declared}
        for name in dict.fromkeys(metric.name for metric in self.metrics):
            files = [query.path for query in self.queries if name in {metric.name for metric in query.metrics}]
            if not files:
                home = homes.get(name, "")
                problems.append(
                    f"{home}{name}: declared but never collected; add it to a query of {self.name} or delete it"
                )
            elif len(files) > 1:
                problems.append(f"{name}: fed by {files[0]} and again by {files[1]}; one file must feed it alone")
        return problems

    @property
    def parts(self) -> Sequence[Part]:
        return self.queries

    def collect(self, run: Run) -> Iterable[Reading]:
        """The readings of every query at `run.as_of`, without state: for tests and for looking."""
        for query in self.queries:
            yield from query.collect(replace(run, live=False))


def _files(folder: Path) -> list[Path]:
    """The queries of a folder, without the hidden files that editors leave there."""
    files = [path for path in sorted(folder.glob("*.sql")) if not path.name.startswith((".", "_"))]
    if not files:
        raise QueryRefused(f"{folder}: holds no .sql file")
    return files
