"""What CloudWatch demands of a document in its Embedded Metric Format."""

from typing import Any

import jsonschema

NAME = {"type": "string", "minLength": 1, "maxLength": 255}
UNITS = ["Seconds", "Milliseconds", "Bytes", "Percent", "Count", "None"]  # of CloudWatch's, those that may be of use
# The shape of a document as the specification's own JSON schema demands it.
EMBEDDED_METRIC_FORMAT = {
    "type": "object",
    "required": ["_aws"],
    "properties": {
        "_aws": {
            "type": "object",
            "required": ["Timestamp", "CloudWatchMetrics"],
            "properties": {
                "Timestamp": {"type": "integer"},
                "CloudWatchMetrics": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["Namespace", "Dimensions", "Metrics"],
                        "properties": {
                            "Namespace": NAME,
                            "Dimensions": {
                                "type": "array",
                                "minItems": 1,
                                "items": {"type": "array", "maxItems": 30, "items": NAME},
                            },
                            "Metrics": {
                                "type": "array",
                                "maxItems": 100,
                                "items": {
                                    "type": "object",
                                    "required": ["Name"],
                                    "properties": {"Name": NAME, "Unit": {"type": "string", "enum": UNITS}},
                                    "additionalProperties": False,
                                },
                            },
                        },
                        "additionalProperties": False,
                    },
                },
            },
            "additionalProperties": False,
        }
    },
}


def assert_is_embedded_metric_format(document: dict[str, Any]) -> None:
    """The schema, and what the specification says beside it: targets are members of the root, of the right type."""
    jsonschema.validate(document, EMBEDDED_METRIC_FORMAT)
    for directive in document["_aws"]["CloudWatchMetrics"]:
        for metric in directive["Metrics"]:
            assert type(document[metric["Name"]]) in (int, float), metric
        for dimension in (each for dimensions in directive["Dimensions"] for each in dimensions):
            assert isinstance(document[dimension], str)
