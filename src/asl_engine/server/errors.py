"""Why the API refuses a request.

Exception
└── ApiError     an error code of Step Functions with AWS's message; `wire` renders it
"""


class ApiError(Exception):
    """`code` is the exception's name in the API; `str()` is the message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    @property
    def message(self) -> str:
        return str(self)


def invalid_arn(reason: str) -> ApiError:
    return ApiError("InvalidArn", f"Invalid Arn: '{reason}'")


def invalid_name(name: str) -> ApiError:
    return ApiError("InvalidName", f"Invalid Name: '{name}'")


def invalid_token() -> ApiError:
    return ApiError("InvalidToken", "Invalid Token: 'Invalid token'")


def validation_failed(message: str) -> ApiError:
    return ApiError("ValidationException", message)


def no_such_state_machine(arn: str) -> ApiError:
    return ApiError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")


def no_such_activity(arn: str) -> ApiError:
    return ApiError("ActivityDoesNotExist", f"Activity Does Not Exist: '{arn}'")


def no_such_resource(arn: str | None = None) -> ApiError:
    """Of versions, aliases and map runs; AWS names only what is tagged."""
    message = "Request references a resource that does not exist." if arn is None else f"Resource not found: '{arn}'"
    return ApiError("ResourceNotFound", message)


def unsupported_type() -> ApiError:
    message = "This operation is not supported by this type of state machine"
    return ApiError("StateMachineTypeNotSupported", message)


def conflict(message: str) -> ApiError:
    return ApiError("ConflictException", message)


def no_such_execution(arn: str) -> ApiError:
    return ApiError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
