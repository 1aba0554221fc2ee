"""The error objects Lambda itself puts in place of a function's result."""

import json
import signal

from lambda_host.functions import Outcome


def timed_out(request_id: str, limit_seconds: float) -> Outcome:
    return _fault(
        "Sandbox.Timedout", f"RequestId: {request_id} Error: Task timed out after {limit_seconds:.2f} seconds"
    )


def exited(request_id: str, return_code: int) -> Outcome:
    return _fault("Runtime.ExitError", f"RequestId: {request_id} Error: {_reason(return_code)}")


def result_too_large(limit_bytes: int) -> Outcome:
    message = f"Response payload size exceeded maximum allowed payload size ({limit_bytes} bytes)."
    return _fault("Function.ResponseSizeTooLarge", message)


def _reason(return_code: int) -> str:
    if return_code == 0:
        return "Runtime exited without providing a reason"
    if return_code > 0:
        return f"Runtime exited with error: exit status {return_code}"
    return f"Runtime exited with error: signal: {(signal.strsignal(-return_code) or 'unknown').lower()}"


def _fault(error_type: str, message: str) -> Outcome:
    payload = json.dumps({"errorType": error_type, "errorMessage": message})
    return Outcome(payload=payload.encode(), failed=True, error_type=error_type)
