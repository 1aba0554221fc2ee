"""A distributed Map's run: which items its child executions were given, and how these stand."""

from itertools import accumulate
from typing import Final

from asl_engine.history.documents import Document
from asl_engine.history.map_events import MapRunStarted
from asl_engine.language.outcomes import Tolerance
from asl_engine.language.values import JSON

WRITER: Final = "ResultWriter"


class MapRun:
    """Changed by the fold alone. `running` are the children that were asked for and have not ended.

    A child's `index` counts the children; without an ItemBatcher it is also its item's. `again` are the children that
    a redrive goes on with, before new ones are started.
    """

    __slots__ = (
        "again",
        "arn",
        "concurrency",
        "failed",
        "failed_item_count",
        "items",
        "items_are_read",
        "offsets",
        "outputs",
        "plan",
        "redrive_count",
        "result",
        "running",
        "started",
        "tolerated_count",
        "tolerated_percentage",
    )

    def __init__(self, items: Document) -> None:
        self.items = items
        self.items_are_read = False
        self.arn = ""
        self.plan: dict[str, JSON] = {}
        self.concurrency = 0
        self.tolerated_count = 0
        self.tolerated_percentage = 0.0
        self.offsets: list[int] | None = None
        self.started = 0
        self.redrive_count = 0
        self.again: list[int] = []
        self.running: dict[int, None] = {}
        self.failed: set[int] = set()
        self.failed_item_count = 0
        self.outputs: dict[int, Document] = {}
        self.result: Document | None = None

    def begin(self, event: MapRunStarted) -> None:
        plan = event.plan.value
        assert isinstance(plan, dict)
        self.plan = plan
        self.arn = event.map_run_arn
        self.limit(event.concurrency, event.tolerated_count, event.tolerated_percentage)

    def limit(self, concurrency: int, tolerated_count: int, tolerated_percentage: float) -> None:
        self.concurrency = concurrency
        self.tolerated_count = tolerated_count
        self.tolerated_percentage = tolerated_percentage

    def read(self, items: Document) -> None:
        self.items = items
        self.items_are_read = True

    def divide(self, sizes: list[int]) -> None:
        """Gives each child so many items."""
        self.offsets = list(accumulate(sizes, initial=0))

    @property
    def item_count(self) -> int:
        return len(self._items)

    @property
    def child_count(self) -> int:
        return self.item_count if self.offsets is None else len(self.offsets) - 1

    @property
    def writes(self) -> bool:
        """Whether the results go to a place of their own, or are returned with what only the journal knows of them."""
        return "Resource" in self._writer or self._transformation == "NONE"

    @property
    def _writer(self) -> dict[str, JSON]:
        writer = self.plan.get(WRITER)
        return writer if isinstance(writer, dict) else {}

    @property
    def _transformation(self) -> JSON:
        configuration = self._writer.get("WriterConfig")
        return configuration.get("Transformation") if isinstance(configuration, dict) else None

    @property
    def exceeded(self) -> bool:
        """Whether more items failed than the run bears."""
        tolerance = Tolerance(count=self.tolerated_count, percentage=self.tolerated_percentage)
        return tolerance.is_exceeded(self.failed_item_count, self.item_count)

    @property
    def all_ended(self) -> bool:
        return not self.running and not self.again and self.started == self.child_count

    @property
    def complete(self) -> bool:
        """Whether no more children are to be started or waited for."""
        return self.exceeded or self.all_ended

    @property
    def can_start(self) -> bool:
        return self.startable > 0

    @property
    def startable(self) -> int:
        """How many children may be started now."""
        waiting = len(self.again) + self.child_count - self.started
        return min(waiting, self.concurrency - len(self.running))

    def upcoming(self, count: int) -> list[int]:
        """The children that are started next."""
        fresh = max(0, count - len(self.again))
        return [*self.again[:count], *range(self.started, self.started + fresh)]

    def start(self, count: int) -> None:
        for index in self.upcoming(count):
            self.running[index] = None
        self.started += max(0, count - len(self.again))
        del self.again[:count]

    def succeed(self, index: int, output: Document) -> None:
        del self.running[index]
        if not self.writes:
            self.outputs[index] = output

    def fail(self, index: int) -> None:
        del self.running[index]
        self.failed.add(index)
        self.failed_item_count += len(self.items_of(index))

    def redrive(self, redrive_count: int) -> None:
        """The children that did not succeed are to be started again."""
        self.redrive_count = redrive_count
        self.again = sorted({*self.again, *self.running, *self.failed})
        self.running.clear()
        self.failed.clear()
        self.failed_item_count = 0

    def items_of(self, index: int) -> range:
        """The places of a child's items among all items."""
        if self.offsets is None:
            return range(index, index + 1)
        return range(self.offsets[index], self.offsets[index + 1])

    def item(self, place: int) -> JSON:
        return self._items[place]

    def gathered(self) -> Document:
        """What the children returned, in their order; those that failed returned nothing."""
        if self.result is not None:
            return self.result
        outputs = [self.outputs[index] for index in sorted(self.outputs)]
        return Document.of(_flat(outputs)) if self._transformation == "FLATTEN" else Document.array(outputs)

    @property
    def _items(self) -> list[JSON]:
        items = self.items.value
        assert isinstance(items, list)
        return items


def _flat(outputs: list[Document]) -> list[JSON]:
    """The items of the outputs that are arrays, among the others."""
    flat: list[JSON] = []
    for output in outputs:
        flat.extend(output.value if isinstance(output.value, list) else [output.value])
    return flat
