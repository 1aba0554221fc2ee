"""AWS Lambda behind its Invoke API: tasks whose Resource is a function's ARN, and `lambda:invoke`.

A function's error becomes the task's error, and its error object the cause: word for word for a function's ARN, as
compact JSON for `lambda:invoke`. See
https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Final, TypeAlias
from urllib.parse import quote

from asl_engine.history.resources import Manner, Pattern
from asl_engine.integrations.http_client import HttpAnswer, HttpClient, Unreachable
from asl_engine.integrations.port import Failed, Submitted, Succeeded, TaskOutcome, TaskRequest
from asl_engine.language.renderings import json_text
from asl_engine.language.values import JSON, Failure

Arguments: TypeAlias = Mapping[str, JSON]

# As AWS spells and orders them in `SdkHttpMetadata`; the value stands in for a header the endpoint did not send.
_SHOWN_HEADERS: Final = {
    "X-Amz-Executed-Version": "$LATEST",
    "x-amzn-Remapped-Content-Length": "0",
    "Connection": "keep-alive",
    "x-amzn-RequestId": "",
    "Content-Length": "0",
    "Date": "",
    "X-Amzn-Trace-Id": "",
    "Content-Type": "application/json",
}
_ARGUMENT_HEADERS: Final = {
    "InvocationType": "X-Amz-Invocation-Type",
    "LogType": "X-Amz-Log-Type",
    "ClientContext": "X-Amz-Client-Context",
}


class TaskFailed(Exception):
    """The function, or the Invoke API, answered with an error."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(f"{error}: {cause}")
        self.failure = Failure(error, cause)


class LambdaFunctions:
    """The integration with the functions behind one Invoke API."""

    def __init__(self, client: HttpClient) -> None:
        self._client = client

    async def run(self, request: TaskRequest) -> TaskOutcome:
        try:
            if request.resource.manner is Manner.LAMBDA_FUNCTION:
                return await self._run_function(request)
            return await self._run_invoke(request)
        except TaskFailed as error:
            return Failed(error.failure)

    async def _run_function(self, request: TaskRequest) -> TaskOutcome:
        """The task's input is the payload, the function's result the task's."""
        answer = await self._invoke(request, {"FunctionName": request.resource.arn}, _encoded(request.arguments))
        return Succeeded(_payload(answer.body))

    async def _run_invoke(self, request: TaskRequest) -> TaskOutcome:
        """The task's input holds the parameters of the Invoke API, and its answer is the result."""
        arguments = request.arguments
        assert isinstance(arguments, dict)  # or the task would not have been started
        output = _shown(await self._invoke(request, arguments, _sent(arguments.get("Payload"))))
        if request.resource.pattern is Pattern.WAIT_FOR_TASK_TOKEN:
            return Submitted(output)
        return Succeeded(output)

    async def _invoke(self, request: TaskRequest, arguments: Arguments, payload: bytes) -> HttpAnswer:
        try:
            answer = await self._client.post(_target(arguments), _headers(request, arguments), payload)
        except Unreachable as error:
            raise TaskFailed("Lambda.SdkClientException", f"Unable to execute HTTP request: {error}") from error
        if answer.status >= 300:
            raise _refusal(answer)
        if "x-amz-function-error" in answer.headers:
            raise _function_error(answer, request.resource.manner)
        return answer


def _target(arguments: Arguments) -> str:
    target = f"/2015-03-31/functions/{quote(str(arguments['FunctionName']), safe=':$')}/invocations"
    qualifier = arguments.get("Qualifier")
    return target if qualifier is None else f"{target}?Qualifier={quote(str(qualifier))}"


def _encoded(payload: JSON) -> bytes:
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


def _sent(payload: JSON) -> bytes:
    """The Payload as the Invoke API is given it, as recorded on AWS.

    Null is none at all, and the function gets an empty event. A text that is JSON goes out as it stands, so that the
    function gets what it says.
    """
    match payload:
        case None:
            return b""
        case str() if _is_json(payload):
            return payload.encode()
        case _:
            return _encoded(payload)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _headers(request: TaskRequest, arguments: Arguments) -> dict[str, str]:
    region, account = request.execution_arn.split(":")[3:5]
    credential = f"{account}/20000101/{region}/lambda/aws4_request"
    return {
        "Content-Type": "application/json",
        # Nobody checks the signature of a local call, but emulators read the account and the region out of it.
        "Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0",
        "X-Amzn-Trace-Id": _trace_id(request),
        **{header: str(arguments[name]) for name, header in _ARGUMENT_HEADERS.items() if name in arguments},
    }


def _trace_id(request: TaskRequest) -> str:
    """One trace per execution, one segment per attempt."""
    root = hashlib.sha256(request.execution_arn.encode()).hexdigest()
    parent = hashlib.sha256(request.task_id.encode()).hexdigest()
    return f"Root=1-{root[:8]}-{root[8:32]};Parent={parent[:16]};Sampled=0"


# --- answers ---------------------------------------------------------------------------------------------------


def _function_error(answer: HttpAnswer, manner: Manner) -> TaskFailed:
    text = answer.body.decode("utf-8", errors="replace")
    match _payload(answer.body):
        case {"errorType": str(error_type)} as error if error_type:
            return TaskFailed(error_type, text if manner is Manner.LAMBDA_FUNCTION else json_text(error))
        case _:
            cause = "The cause could not be determined because Lambda did not return an error type."
            return TaskFailed("Lambda.Unknown", f"{cause} Returned payload: {text}")


def _refusal(answer: HttpAnswer) -> TaskFailed:
    """The Invoke API's own error, in the words of AWS's Java SDK."""
    body = _payload(answer.body)
    fields = body if isinstance(body, dict) else {}
    code = answer.headers.get("x-amzn-errortype", "Unknown").partition(":")[0]
    message = fields.get("Message") or fields.get("message") or "null"
    request_id = answer.headers.get("x-amzn-requestid", "unknown")
    details = f"Status Code: {answer.status}; Error Code: {code}; Request ID: {request_id}; Proxy: null"
    return TaskFailed(f"Lambda.{code}", f"{message} (Service: AWSLambda; {details})")


def _shown(answer: HttpAnswer) -> JSON:
    headers = {name: answer.headers.get(name.lower(), default) for name, default in _SHOWN_HEADERS.items()}
    result: dict[str, JSON] = {}
    if answer.body:  # an Event invocation has no result
        result = {"ExecutedVersion": headers["X-Amz-Executed-Version"], "Payload": _payload(answer.body)}
    if "x-amz-log-result" in answer.headers:
        result["LogResult"] = answer.headers["x-amz-log-result"]
    return {
        **result,
        "SdkHttpMetadata": {
            "AllHttpHeaders": {name: [value] for name, value in headers.items()},
            "HttpHeaders": dict(sorted(headers.items(), key=lambda header: header[0].lower())),
            "HttpStatusCode": answer.status,
        },
        "SdkResponseMetadata": {"RequestId": headers["x-amzn-RequestId"]},
        "StatusCode": answer.status,
    }


def _payload(body: bytes) -> JSON:
    text = body.decode("utf-8", errors="replace")
    try:
        payload: JSON = json.loads(text)
    except ValueError:
        return text
    return payload
