"""Map: its items, and the two modes of its item processor."""

import re
from typing import Final

from asl_engine.language.errors import Diagnostic
from asl_engine.language.rules.checks import (
    Check,
    Place,
    Problems,
    anything,
    array_of,
    evaluated,
    integer,
    object_with,
    one_of,
    payload,
    reference,
    schema,
    template_or_payload,
    text,
)
from asl_engine.language.rules.objects import checked, exactly_one, other_language, required, unsupported
from asl_engine.language.templates import DYNAMIC
from asl_engine.language.values import JSON

_LONGEST_LABEL: Final = 40
_LARGEST_BATCH_BYTES: Final = 262_144
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


_READER_CONFIGURATION: Final[dict[str, Check]] = {
    "InputType": one_of("CSV", "JSON", "JSONL", "MANIFEST", "PARQUET"),
    "CSVHeaderLocation": anything,
    "CSVHeaders": array_of(text),
    "CSVDelimiter": one_of("COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"),
    "ItemsPointer": text,
    "ManifestType": one_of("ATHENA_DATA", "S3_INVENTORY"),
    "MaxItems": evaluated(integer(0)),
    "MaxItemsPath": reference(),
    "Transformation": one_of("NONE", "LOAD_AND_FLATTEN"),
}
_BATCHER: Final[dict[str, Check]] = {
    "BatchInput": template_or_payload,
    "MaxItemsPerBatch": evaluated(integer(1)),
    "MaxItemsPerBatchPath": reference(),
    "MaxInputBytesPerBatch": evaluated(integer(1, _LARGEST_BATCH_BYTES)),
    "MaxInputBytesPerBatchPath": reference(),
}


def item_reader(fields: dict[str, JSON], place: Place) -> Problems:
    """https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html"""
    yield from unsupported(fields, ("Resource", "ReaderConfig", "Parameters", "Arguments"), place)
    yield from other_language(fields, place)
    yield from required(fields, ("Resource",), place)
    if "Resource" in fields:
        yield from _storage(_READERS)(fields["Resource"], place.at("Resource"))
    yield from _reader_parameters(fields, place)
    configuration = fields.get("ReaderConfig", {})
    yield from object_with(_reader_configuration)(configuration, place.at("ReaderConfig"))


def _reader_parameters(fields: dict[str, JSON], place: Place) -> Problems:
    """An object needs a bucket and a key, a list of objects a bucket."""
    name = "Arguments" if place.uses_jsonata else "Parameters"
    parameters = fields.get(name)
    if not isinstance(parameters, dict):
        return
    yield from template_or_payload(parameters, place.at(name))
    lists = str(fields.get("Resource")).endswith(":listObjectsV2")
    for wanted in ("Bucket",) if lists else ("Bucket", "Key"):
        if wanted not in parameters and f"{wanted}{DYNAMIC}" not in parameters:
            yield schema(f"The field '{wanted}' is required but was missing", place.at(name))


def _reader_configuration(fields: dict[str, JSON], place: Place) -> Problems:
    yield from unsupported(fields, _READER_CONFIGURATION, place)
    yield from other_language(fields, place)
    yield from exactly_one(fields, ("MaxItems", "MaxItemsPath"), place, needed=False)
    yield from checked(fields, _READER_CONFIGURATION, place)
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


def item_batcher(fields: dict[str, JSON], place: Place) -> Problems:
    """https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html"""
    yield from unsupported(fields, _BATCHER, place)
    yield from other_language(fields, place)
    for name in ("MaxItemsPerBatch", "MaxInputBytesPerBatch"):
        yield from exactly_one(fields, (name, f"{name}Path"), place, needed=False)
    yield from checked(fields, _BATCHER, place)


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
