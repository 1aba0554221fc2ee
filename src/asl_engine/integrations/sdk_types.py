"""Names for botocore's objects, which publishes no types; they say what is meant and check nothing."""

from typing import Any, TypeAlias

Session: TypeAlias = Any
"""`botocore.session.Session`"""
Client: TypeAlias = Any
"""`botocore.client.BaseClient`"""
ServiceModel: TypeAlias = Any
"""`botocore.model.ServiceModel`"""
OperationModel: TypeAlias = Any
"""`botocore.model.OperationModel`"""
Shape: TypeAlias = Any
"""`botocore.model.Shape`"""
ClientError: TypeAlias = Any
"""`botocore.exceptions.ClientError`"""
Value: TypeAlias = Any
"""A parameter or a result: JSON with bytes, dates and streams among it."""
