"""A moto server that also deploys what moto's own CloudFormation passes over: `python moto_account.py PORT`.

Each of these resources is made by the call of the service's API that takes the same properties. State machines are made
by the Step Functions API that AWS_ENDPOINT_URL_SFN names, so that an engine which runs them can be deployed to.
Policies of buckets are left out: moto does not know `aws:SecureTransport` and would lock everyone out.
"""

import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import boto3
from moto.cloudformation import parsing
from moto.core.common_models import CloudFormationModel
from moto.server import main

Properties: TypeAlias = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """`create` gives what `Ref` stands for; `update` and `delete` are given that."""

    service: str
    create: Callable[[Any, Properties], str]
    update: Callable[[Any, str, Properties], object]
    delete: Callable[[Any, str], object]


def uncapitalised(value: Any) -> Any:
    """CloudFormation's names of properties as the Step Functions API writes them."""
    if isinstance(value, dict):
        return {key[0].lower() + key[1:]: uncapitalised(each) for key, each in value.items()}
    return [uncapitalised(each) for each in value] if isinstance(value, list) else value


def put_alarm(cloudwatch: Any, properties: Properties) -> str:
    cloudwatch.put_metric_alarm(**properties)
    return str(properties["AlarmName"])


def put_schedule(scheduler: Any, properties: Properties) -> str:
    scheduler.create_schedule(**properties)
    return str(properties["Name"])


def put_topic_policy(sns: Any, properties: Properties) -> str:
    policy = json.dumps(properties["PolicyDocument"])
    for topic in properties["Topics"]:
        sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    return "topic-policy"


def put_queue_policy(sqs: Any, properties: Properties) -> str:
    policy = json.dumps(properties["PolicyDocument"])
    for queue in properties["Queues"]:
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    return "queue-policy"


def create_provider(iam: Any, properties: Properties) -> str:
    created = iam.create_open_id_connect_provider(Url=properties["Url"], ClientIDList=properties["ClientIdList"])
    return str(created["OpenIDConnectProviderArn"])


def create_state_machine(stepfunctions: Any, properties: Properties) -> str:
    created = stepfunctions.create_state_machine(
        name=properties["StateMachineName"], **_changeable(properties), tags=uncapitalised(properties["Tags"])
    )
    return str(created["stateMachineArn"])


def update_state_machine(stepfunctions: Any, arn: str, properties: Properties) -> None:
    stepfunctions.update_state_machine(stateMachineArn=arn, **_changeable(properties))


def _changeable(properties: Properties) -> dict[str, Any]:
    return {
        "definition": properties["DefinitionString"],
        "roleArn": properties["RoleArn"],
        "loggingConfiguration": _logging(properties["LoggingConfiguration"]),
        "tracingConfiguration": uncapitalised(properties["TracingConfiguration"]),
    }


def _logging(configuration: Properties) -> Any:
    """A log group's ARN ends with `:*` on AWS, which Step Functions asks for, and not at moto."""
    return json.loads(re.sub(r'(:log-group:[^":]+)"', r'\1:*"', json.dumps(uncapitalised(configuration))))


def left_alone(_client: Any, *_given: Any) -> None:
    """What goes with what it belongs to."""


KINDS = {
    "AWS::CloudWatch::Alarm": Kind(
        service="cloudwatch",
        create=put_alarm,
        update=lambda cloudwatch, _, properties: put_alarm(cloudwatch, properties),
        delete=lambda cloudwatch, name: cloudwatch.delete_alarms(AlarmNames=[name]),
    ),
    "AWS::Scheduler::Schedule": Kind(
        service="scheduler",
        create=put_schedule,
        update=lambda scheduler, _, properties: scheduler.update_schedule(**properties),
        delete=lambda scheduler, name: scheduler.delete_schedule(Name=name),
    ),
    "AWS::SNS::TopicPolicy": Kind(service="sns", create=put_topic_policy, update=left_alone, delete=left_alone),
    "AWS::SQS::QueuePolicy": Kind(service="sqs", create=put_queue_policy, update=left_alone, delete=left_alone),
    "AWS::IAM::OIDCProvider": Kind(
        service="iam",
        create=create_provider,
        update=left_alone,
        delete=lambda iam, arn: iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn),
    ),
    "AWS::S3::BucketPolicy": Kind(
        service="s3", create=lambda _, properties: str(properties["Bucket"]), update=left_alone, delete=left_alone
    ),
    "AWS::StepFunctions::StateMachine": Kind(
        service="stepfunctions",
        create=create_state_machine,
        update=update_state_machine,
        delete=lambda stepfunctions, arn: stepfunctions.delete_state_machine(stateMachineArn=arn),
    ),
}


def model(resource_type: str, kind: Kind) -> type[CloudFormationModel]:
    """What moto's CloudFormation deploys for that type of resource."""

    class Resource(CloudFormationModel):
        __module__ = "moto.cloudformation"  # moto keeps its models by service

        def __init__(self, reference: str) -> None:
            self.physical_resource_id = reference

        @staticmethod
        def cloudformation_type() -> str:
            return resource_type

        @staticmethod
        def is_created() -> bool:
            return True

        def get_cfn_attribute(self, attribute: str) -> str:
            return self.physical_resource_id.rpartition(":")[2] if attribute == "Name" else self.physical_resource_id

        @classmethod
        def create_from_cloudformation_json(
            cls, resource_name: str, cloudformation_json: Properties, account_id: str, region_name: str, **kwargs: Any
        ) -> Any:
            return cls(kind.create(boto3.client(kind.service), cloudformation_json["Properties"]))

        @classmethod
        def update_from_cloudformation_json(
            cls,
            original_resource: Any,
            new_resource_name: str,
            cloudformation_json: Properties,
            account_id: str,
            region_name: str,
        ) -> Any:
            reference = original_resource.physical_resource_id
            kind.update(boto3.client(kind.service), reference, cloudformation_json["Properties"])
            return original_resource

        @classmethod
        def delete_from_cloudformation_json(
            cls, resource_name: str, cloudformation_json: Properties, account_id: str, region_name: str
        ) -> None:
            kind.delete(boto3.client(kind.service), resource_name)

    return Resource


if __name__ == "__main__":
    parsing.get_model_map().update({resource_type: model(resource_type, kind) for resource_type, kind in KINDS.items()})
    main(["-H", "127.0.0.1", "-p", sys.argv[1]])
