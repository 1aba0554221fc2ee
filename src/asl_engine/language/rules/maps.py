"""Map: its items, and the two modes of its item processor."""

from typing import Final

from asl_engine.language.rules.checks import Check, Place, Problems, one_of, payload, schema
from asl_engine.language.rules.objects import checked, required, unsupported
from asl_engine.language.values import JSON

_DISTRIBUTED_ONLY: Final = ("ItemReader", "ItemBatcher", "ResultWriter", "Label")


def processor_configuration(fields: dict[str, JSON], place: Place) -> Problems:
    known: dict[str, Check] = {
        "Mode": one_of("INLINE", "DISTRIBUTED"),
        "ExecutionType": one_of("STANDARD", "EXPRESS"),
    }
    is_distributed = fields.get("Mode") == "DISTRIBUTED"
    yield from required(fields, ("ExecutionType",) if is_distributed else (), place)
    yield from unsupported(fields, known if is_distributed else {"Mode": known["Mode"]}, place)
    yield from checked(fields, known, place)
    if is_distributed and place.options.express:
        message = "The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state machines"
        yield schema(message, place.at("Mode"))


def inline_map(fields: dict[str, JSON], place: Place) -> Problems:
    """What only a distributed Map has must not be ignored in silence by an inline one."""
    processor = fields.get("ItemProcessor", fields.get("Iterator"))
    configuration = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
    if not isinstance(configuration, dict) or configuration.get("Mode") != "DISTRIBUTED":
        for name in _DISTRIBUTED_ONLY:
            if name in fields:
                yield schema(f"Field '{name}' is not supported", place)


def items(value: JSON, place: Place) -> Problems:
    is_expression = isinstance(value, str) and value.startswith("{%")
    if is_expression or isinstance(value, list):
        yield from payload(value, place)
    else:
        yield schema("Expected value of type [ARRAY]", place)
