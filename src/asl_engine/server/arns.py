"""Names and ARNs of state machines and executions: how they are made, read and refused."""

import re
from dataclasses import dataclass
from typing import Final

from asl_engine.runtime.names import is_name
from asl_engine.server.errors import ApiError, invalid_arn, invalid_name

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html, "IAM ARNs"; a role may have a path
_ROLE: Final = re.compile(r"arn:[a-z0-9-]+:iam::[0-9]{12}:role/[!-~]+")


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose request it is, as its signature says."""

    account: str
    region: str

    def state_machine_arn(self, name: str) -> str:
        return f"arn:aws:states:{self.region}:{self.account}:stateMachine:{name}"

    def activity_arn(self, name: str) -> str:
        return f"arn:aws:states:{self.region}:{self.account}:activity:{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arn:
    """An ARN of Step Functions; `resource` is everything behind its `kind`, such as `machine:execution`."""

    text: str
    region: str
    account: str
    kind: str
    resource: str

    @property
    def qualifier(self) -> str:
        """Of a state machine: the number of its version or the name of its alias; empty when there is none."""
        return self.resource.partition(":")[2]

    @property
    def unqualified(self) -> str:
        """The state machine's ARN without the qualifier."""
        return self.text.removesuffix(f":{self.qualifier}") if self.qualifier else self.text


def parse_arn(text: str, *kinds: str) -> Arn:
    """Read an ARN that must be of one of the kinds (`stateMachine`, `execution`, `express`, …).

    Raises:
        ApiError: InvalidArn
    """
    parts = text.split(":", 6)
    if parts[0] != "arn":
        raise invalid_arn(f"Invalid ARN prefix: {text}")
    if len(parts) < 7 or parts[2] != "states" or not parts[6]:
        raise invalid_arn(text)
    _, _, _, region, account, kind, resource = parts
    if kind not in kinds:
        raise invalid_arn(f"Resource type not valid in this context: {kind}")
    return Arn(text=text, region=region, account=account, kind=kind, resource=resource)


def execution_arn(state_machine: Arn, execution_name: str, express_id: str | None = None) -> str:
    """The ARN of an execution; those of Express workflows end in an identifier of their own."""
    prefix = f"arn:aws:states:{state_machine.region}:{state_machine.account}"
    if express_id is None:
        return f"{prefix}:execution:{state_machine.resource}:{execution_name}"
    return f"{prefix}:express:{state_machine.resource}:{execution_name}:{express_id}"


def check_name(name: str) -> None:
    """Raises: ApiError: InvalidName."""
    if not is_name(name):
        raise invalid_name(name)


def check_role_arn(text: str) -> None:
    """The text is AWS's answer to a placeholder in CreateStateMachine (aws/amazon-sagemaker-examples, issue 2432).

    Raises:
        ApiError: InvalidArn
    """
    if not _ROLE.fullmatch(text):
        raise ApiError("InvalidArn", f"Invalid Role Arn: '{text}'")
