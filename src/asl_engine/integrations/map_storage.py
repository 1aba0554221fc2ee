"""S3 as the place where distributed Maps read their items from and write their results to."""

import asyncio
import csv
import gzip
import io
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final
from urllib.parse import unquote_plus

from asl_engine.integrations import item_files
from asl_engine.integrations.item_files import Configuration, UnreadableItems, max_items
from asl_engine.integrations.parameters import malformed
from asl_engine.integrations.port import Failed, ItemsRead, ReadRequest, Succeeded, WriteRequest
from asl_engine.integrations.result_files import ResultFiles, manifest
from asl_engine.integrations.sdk_clients import Caller, NoEndpoint, Refused, Reply, SdkClients, Unreachable
from asl_engine.integrations.sdk_types import Value
from asl_engine.language.values import JSON, Failure

_OBJECT_FIELDS: Final = ("Bucket", "Key", "VersionId", "ExpectedBucketOwner")
_LIST_FIELDS: Final = (
    "Bucket",
    "Prefix",
    "Delimiter",
    "EncodingType",
    "ExpectedBucketOwner",
    "FetchOwner",
    "StartAfter",
)


class S3MapStorage:
    """Implements `port.MapStorage`."""

    def __init__(self, clients: SdkClients) -> None:
        self._clients = clients

    async def read(self, request: ReadRequest) -> ItemsRead | Failed:
        bucket = _Bucket(self._clients, _caller(request.execution_arn))
        try:
            return ItemsRead(await _read(bucket, request))
        except _PROBLEMS as problem:
            return Failed(Failure("States.ItemReaderFailed", _cause(problem)))

    async def write(self, request: WriteRequest) -> Succeeded | Failed:
        bucket = _Bucket(self._clients, _caller(request.execution_arn))
        files = ResultFiles(request.configuration)
        try:
            return Succeeded(await _write(bucket, request, files))
        except _PROBLEMS as problem:
            return Failed(Failure("States.ResultWriterFailed", _cause(problem)))
        finally:
            files.close()


_PROBLEMS: Final = (UnreadableItems, Refused, Unreachable, NoEndpoint)


def _cause(problem: Exception) -> str:
    if not isinstance(problem, Refused):
        return str(problem)
    refusal = problem.refusal
    details = f"Status Code: {refusal.status}; Error Code: {refusal.code}; Request ID: {refusal.request_id}"
    return (
        f"{refusal.message} (Service: Amazon S3; {details}; "
        f"S3 Extended Request ID: {refusal.extended_request_id}; Proxy: null)"
    )


def _caller(execution_arn: str) -> Caller:
    region, account = execution_arn.split(":")[3:5]
    return Caller(account, region)


@dataclass(frozen=True, slots=True)
class _Bucket:
    """S3's operations that are needed here, with the rights of one account."""

    clients: SdkClients
    caller: Caller

    async def content(self, arguments: Mapping[str, Value]) -> bytes:
        reply = await self._call("GetObject", arguments)
        return bytes(reply.values["Body"])

    async def put(self, bucket: str, key: str, content: Value) -> None:
        await self._call("PutObject", {"Bucket": bucket, "Key": key, "Body": content})

    async def objects(self, arguments: Mapping[str, Value]) -> AsyncIterator[Mapping[str, Value]]:
        token: dict[str, Value] = {}
        while True:
            page = (await self._call("ListObjectsV2", {**arguments, **token})).values
            for listed in page.get("Contents", []):
                yield listed
            if not page.get("IsTruncated"):
                return
            token = {"ContinuationToken": page["NextContinuationToken"]}

    async def _call(self, operation: str, parameters: Mapping[str, Value]) -> Reply:
        return await self.clients.call("s3", self.caller, operation, parameters)


# --- reading ---------------------------------------------------------------------------------------------------


async def _read(bucket: _Bucket, request: ReadRequest) -> list[JSON]:
    action = request.resource.rpartition(":")[2]
    configuration = request.configuration
    if action == "listObjectsV2":
        return await _read_list(bucket, _arguments(request.arguments, _LIST_FIELDS), configuration)
    arguments = _arguments(request.arguments, _OBJECT_FIELDS, required=("Bucket", "Key"))
    content = await bucket.content(arguments)
    if configuration.get("InputType") == "MANIFEST" or "ManifestType" in configuration:
        return await _read_manifest(bucket, arguments, content, configuration)
    return await asyncio.to_thread(item_files.items, content, configuration)


def _arguments(given: JSON, fields: tuple[str, ...], required: tuple[str, ...] = ("Bucket",)) -> dict[str, JSON]:
    arguments = given if isinstance(given, dict) else {}
    for name in required:
        if not arguments.get(name):
            raise UnreadableItems(f"The field '{name}' is required but was missing")
    chosen = {name: arguments[name] for name in fields if arguments.get(name) is not None}
    for name, value in chosen.items():
        if not isinstance(value, bool if name == "FetchOwner" else str):
            raise UnreadableItems(malformed(name))
    return chosen


async def _read_list(bucket: _Bucket, arguments: Mapping[str, JSON], configuration: Configuration) -> list[JSON]:
    """The objects themselves are the items, or with LOAD_AND_FLATTEN what they hold."""
    limit = max_items(configuration)
    found: list[JSON] = []
    async for listed in bucket.objects(arguments):
        if configuration.get("Transformation") == "LOAD_AND_FLATTEN":
            content = await bucket.content({"Bucket": arguments["Bucket"], "Key": listed["Key"]})
            found.extend(item_files.items(content, configuration))
        else:
            found.append(_listed(listed))
        if limit is not None and len(found) >= limit:
            break
    return found[:limit]


def _listed(listed: Mapping[str, Value]) -> JSON:
    return {
        "Etag": listed["ETag"],
        "Key": listed["Key"],
        "LastModified": int(listed["LastModified"].timestamp()),
        "Size": listed["Size"],
        "StorageClass": listed.get("StorageClass", "STANDARD"),
    }


async def _read_manifest(
    bucket: _Bucket, arguments: Mapping[str, JSON], content: bytes, configuration: Configuration
) -> list[JSON]:
    if configuration.get("ManifestType") == "ATHENA_DATA":
        return await _read_athena_data(bucket, content, configuration)
    return await _read_inventory(bucket, arguments, content, configuration)


async def _read_inventory(
    bucket: _Bucket, arguments: Mapping[str, JSON], content: bytes, configuration: Configuration
) -> list[JSON]:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html"""
    try:
        inventory = json.loads(content)
        schema = [name.strip() for name in inventory["fileSchema"].split(",")]
        keys = [str(file["key"]) for file in inventory["files"]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableItems(f"The file is no manifest of an S3 inventory: {error!r}") from error
    holder = str(inventory.get("destinationBucket") or arguments["Bucket"]).rpartition(":")[2]
    limit = max_items(configuration)
    found: list[JSON] = []
    for key in keys:
        rows = csv.reader(io.StringIO(_unpacked(await bucket.content({"Bucket": holder, "Key": key})), newline=""))
        wanted = None if limit is None else limit - len(found)
        found.extend(_inventory_item(schema, row) for row in islice(rows, wanted))
    return found


def _unpacked(content: bytes) -> str:
    try:
        return gzip.decompress(content).decode()
    except (ValueError, OSError, EOFError) as error:
        raise UnreadableItems(f"A file of the inventory is no compressed CSV: {error}") from error


def _inventory_item(schema: list[str], row: list[str]) -> JSON:
    return {name: unquote_plus(value) if name == "Key" else value for name, value in zip(schema, row, strict=False)}


async def _read_athena_data(bucket: _Bucket, content: bytes, configuration: Configuration) -> list[JSON]:
    """The manifest of an UNLOAD query: the locations of its files, one a line."""
    limit = max_items(configuration)
    found: list[JSON] = []
    for location in content.decode("utf-8", errors="replace").split():
        holder, _, key = location.removeprefix("s3://").partition("/")
        found.extend(item_files.items(await bucket.content({"Bucket": holder, "Key": key}), configuration))
        if limit is not None and len(found) >= limit:
            break
    return found[:limit]


# --- writing ---------------------------------------------------------------------------------------------------


async def _write(bucket: _Bucket, request: WriteRequest, files: ResultFiles) -> JSON:
    arguments = _arguments(request.arguments, ("Bucket", "Prefix"))
    holder = str(arguments["Bucket"])
    prefix = str(arguments.get("Prefix", "")).strip("/")
    folder = "/".join(part for part in (prefix, request.map_run_arn.rpartition(":")[2]) if part)
    files.add_all(request.results)
    listed: dict[str, list[JSON]] = {}
    for file in files.finished():
        key = f"{folder}/{file.name}"
        await bucket.put(holder, key, file.content)
        listed[file.outcome] = [{"Key": key, "Size": file.size}]
    await bucket.put(holder, f"{folder}/manifest.json", manifest(holder, request.map_run_arn, listed))
    return {"Bucket": holder, "Key": f"{folder}/manifest.json"}
