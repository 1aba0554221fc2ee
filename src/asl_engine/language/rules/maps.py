"""Map: its items, and the two modes of its item processor."""

import re
from typing import Final

from asl_engine.language.errors import Diagnostic
from asl_engine.language.rules.checks import Check, Place, Problems, object_with, one_of, payload, schema
from asl_engine.language.rules.objects import checked, other_language, required, unsupported
from asl_engine.language.values import JSON

_LONGEST_LABEL: Final = 40
_READERS: Final = re.compile(r"arn:[a-z-]+:states:::s3:(getObject|listObjectsV2)")
_WRITERS: Final = re.compile(r"arn:[a-z-]+:states:::s3:putObject")
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


def item_reader(fields: dict[str, JSON], place: Place) -> Problems:
    """Of ReaderConfig only what AWS was seen to refuse."""
    yield from unsupported(fields, ("Resource", "ReaderConfig", "Parameters", "Arguments"), place)
    yield from other_language(fields, place)
    yield from required(fields, ("Resource",), place)
    if "Resource" in fields:
        yield from _storage(_READERS)(fields["Resource"], place.at("Resource"))
    configuration = fields.get("ReaderConfig", {})
    yield from object_with(_reader_configuration)(configuration, place.at("ReaderConfig"))


def _reader_configuration(fields: dict[str, JSON], place: Place) -> Problems:
    if "InputType" in fields:
        yield from one_of("CSV", "JSON", "JSONL", "MANIFEST", "PARQUET")(fields["InputType"], place.at("InputType"))
    match fields:
        case {"InputType": "CSV", "CSVHeaderLocation": location}:
            yield from one_of("FIRST_ROW", "GIVEN")(location, place.at("CSVHeaderLocation"))
            yield from required(fields, ("CSVHeaders",) if location == "GIVEN" else (), place)
        case {"InputType": "CSV"}:
            yield schema("The field 'CSVHeaderLocation' is required", place)
        case {"InputType": "JSON", "CSVHeaderLocation": _}:
            yield schema("Field 'CSVHeaderLocation' is not supported", place)
        case _:
            pass


def result_writer(fields: dict[str, JSON], place: Place) -> Problems:
    yield from unsupported(fields, ("Resource", "Parameters", "Arguments", "WriterConfig"), place)
    yield from other_language(fields, place)
    if "Resource" in fields:
        yield from _storage(_WRITERS)(fields["Resource"], place.at("Resource"))


def _storage(allowed: re.Pattern[str]) -> Check:
    def check(value: JSON, place: Place) -> Problems:
        if not isinstance(value, str):
            yield schema("Expected value of type [STRING]", place)
        elif not allowed.fullmatch(value):
            yield schema("The field 'Resource' does not match any of the allowed values", place)

    return check


def label(value: JSON, place: Place) -> Problems:
    if not isinstance(value, str):
        yield schema("Expected value of type [STRING]", place)
    elif len(value) > _LONGEST_LABEL:
        message = f"Label name '{value}' exceeds the {_LONGEST_LABEL}-character limit allowed by the service"
        yield Diagnostic(code="INVALID_LABEL_NAME", message=message, location=place.location)


def items(value: JSON, place: Place) -> Problems:
    is_expression = isinstance(value, str) and value.startswith("{%")
    if is_expression or isinstance(value, list):
        yield from payload(value, place)
    else:
        yield schema("Expected value of type [ARRAY]", place)
