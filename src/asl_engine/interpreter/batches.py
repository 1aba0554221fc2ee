"""An ItemBatcher at work: how many items each child execution gets, and how its input holds them."""

from collections.abc import Iterator
from itertools import islice

from asl_engine.history.documents import PAYLOAD_LIMIT_BYTES, serialise
from asl_engine.language.values import JSON


def batch(items: list[JSON], batcher: dict[str, JSON]) -> JSON:
    """The input of one child execution."""
    return {**_batch_input(batcher), "Items": items}


def batches(items: list[JSON], batcher: dict[str, JSON]) -> list[JSON]:
    """The inputs of all child executions."""
    rest = iter(items)
    return [batch(list(islice(rest, size)), batcher) for size in sizes(items, batcher)]


def sizes(values: list[JSON], batcher: dict[str, JSON]) -> Iterator[int]:
    """A batch is full when it has its number of items, or when the next would make its text too long."""
    most_items = _limit(batcher, "MaxItemsPerBatch", len(values))
    most_bytes = min(_limit(batcher, "MaxInputBytesPerBatch", PAYLOAD_LIMIT_BYTES), PAYLOAD_LIMIT_BYTES)
    frame_bytes = len(serialise(batch([], batcher)).encode())
    size, taken = 0, frame_bytes
    for value in values:
        item_bytes = len(serialise(value).encode()) + 1
        if size and (size == most_items or taken + item_bytes > most_bytes):
            yield size
            size, taken = 0, frame_bytes
        size, taken = size + 1, taken + item_bytes
    if size:
        yield size


def _batch_input(batcher: dict[str, JSON]) -> dict[str, JSON]:
    return {"BatchInput": batcher["BatchInput"]} if "BatchInput" in batcher else {}


def _limit(batcher: dict[str, JSON], name: str, default: int) -> int:
    found = batcher.get(name)
    return found if isinstance(found, int) and found > 0 else default
