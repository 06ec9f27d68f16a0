"""Every type of resources with boto3: made, changed and removed in one stack."""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.stacks import Stacks, stacks
from tests.support.target import Target

#: Of what the update changes, "%N%" is 1 and then 2; "%P%" begins names.
_TEMPLATE = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]
      Description: number %N%
      MaxSessionDuration: %N%3600
      Policies: [{PolicyName: inline%N%, PolicyDocument: &ALLOW&}]
      Tags: [{Key: number, Value: "%N%"}]
  Managed: {Type: AWS::IAM::ManagedPolicy, Properties: {Roles: [!Ref Role], PolicyDocument: &ALLOW&}}
  Group: {Type: AWS::IAM::Group}
  User: {Type: AWS::IAM::User, Properties: {Groups: [!Ref Group], Tags: [{Key: n, Value: "%N%"}]}}
  Added: {Type: AWS::IAM::UserToGroupAddition, Properties: {GroupName: !Ref Group, Users: [!Ref User]}}
  Inline: {Type: AWS::IAM::Policy, Properties: {PolicyName: p%N%, Users: [!Ref User], PolicyDocument: &ALLOW&}}
  AccessKey: {Type: AWS::IAM::AccessKey, Properties: {UserName: !Ref User}}
  Profile: {Type: AWS::IAM::InstanceProfile, Properties: {Roles: [!Ref Role]}}
  Key:
    Type: AWS::KMS::Key
    Properties:
      Description: number %N%
      EnableKeyRotation: true
      KeyPolicy:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {AWS: !Ref "AWS::AccountId"}, Action: "kms:*", Resource: "*"}]
      Tags: [{Key: number, Value: "%N%"}]
  KeyAlias: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/%P%, TargetKeyId: !Ref Key}}
  Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: number%N%, Tags: [{Key: n, Value: "%N%"}]}}
  Queue:
    Type: AWS::SQS::Queue
    Properties: {VisibilityTimeout: %N%0, DelaySeconds: %N%, Tags: [{Key: n, Value: "%N%"}]}
  Fifo: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true, ContentBasedDeduplication: true}}
  Subscription:
    Type: AWS::SNS::Subscription
    Properties: {TopicArn: !Ref Topic, Protocol: sqs, Endpoint: !GetAtt Queue.Arn, FilterPolicy: {n: ["%N%"]}}
  QueuePolicy: {Type: AWS::SQS::QueuePolicy, Properties: {Queues: [!Ref Queue], PolicyDocument: &ANYBODY&}}
  TopicPolicy: {Type: AWS::SNS::TopicPolicy, Properties: {Topics: [!Ref Topic], PolicyDocument: &PUBLISH&}}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}, {AttributeName: gsi%N%, AttributeType: S}]
      GlobalSecondaryIndexes:
        - IndexName: gsi%N%
          KeySchema: [{AttributeName: gsi%N%, KeyType: HASH}]
          Projection: {ProjectionType: ALL}
          ProvisionedThroughput: {ReadCapacityUnits: 5, WriteCapacityUnits: 5}
      ProvisionedThroughput: {ReadCapacityUnits: 5, WriteCapacityUnits: "5%N%"}
      StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}
      SSESpecification: {SSEEnabled: true, SSEType: KMS, KMSMasterKeyId: !GetAtt Key.Arn}
      TimeToLiveSpecification: {AttributeName: ttl%N%, Enabled: true}
      ContributorInsightsSpecification: {Enabled: true}
  Target:
    Type: AWS::ApplicationAutoScaling::ScalableTarget
    Properties:
      MinCapacity: 5
      MaxCapacity: %N%50
      ResourceId: !Sub "table/${Table}"
      ScalableDimension: dynamodb:table:ReadCapacityUnits
      ServiceNamespace: dynamodb
      RoleARN: !GetAtt Role.Arn
  Scaling:
    Type: AWS::ApplicationAutoScaling::ScalingPolicy
    Properties:
      PolicyName: scaling
      PolicyType: TargetTrackingScaling
      ScalingTargetId: !Ref Target
      TargetTrackingScalingPolicyConfiguration:
        TargetValue: 7%N%
        PredefinedMetricSpecification: {PredefinedMetricType: DynamoDBReadCapacityUtilization}
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Timeout: %N%0
      Environment: {Variables: {NUMBER: "%N%"}}
      ReservedConcurrentExecutions: %N%
      Code: {ZipFile: "def handler(event, context): return %N%"}
      Tags: [{Key: n, Value: "%N%"}]
  Layer:
    Type: AWS::Lambda::LayerVersion
    Properties: {Content: {S3Bucket: %P%-code, S3Key: layer.zip}, Description: n%N%}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      FunctionName: !Ref Function
      EventSourceArn: !GetAtt Table.StreamArn
      StartingPosition: LATEST
      BatchSize: %N%0
  Version: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref Function, Description: n%N%}}
  Live:
    Type: AWS::Lambda::Alias
    Properties: {FunctionName: !Ref Function, FunctionVersion: !GetAtt Version.Version, Name: live}
  Invocation:
    Type: AWS::Lambda::EventInvokeConfig
    Properties: {FunctionName: !Ref Function, Qualifier: $LATEST, MaximumRetryAttempts: %N%}
  Permission:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !Ref Function
      Action: lambda:InvokeFunction
      Principal: events.amazonaws.com
      SourceArn: !GetAtt Rule.Arn
  Rule:
    Type: AWS::Events::Rule
    Properties: {ScheduleExpression: rate(%N%1 days), Targets: [{Id: t%N%, Arn: !GetAtt Function.Arn}]}
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: %P%, Description: number %N%}}
  BusRule: {Type: AWS::Events::Rule, Properties: {EventBusName: !Ref Bus, EventPattern: {source: ["%N%"]}}}
  ScheduleGroup: {Type: AWS::Scheduler::ScheduleGroup}
  Schedule:
    Type: AWS::Scheduler::Schedule
    Properties:
      GroupName: !Ref ScheduleGroup
      ScheduleExpression: rate(%N%1 hours)
      FlexibleTimeWindow: {Mode: "OFF"}
      Target: {Arn: !GetAtt Queue.Arn, RoleArn: !GetAtt Role.Arn}
  LogGroup: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: %DAYS%, Tags: [{Key: n, Value: "%N%"}]}}
  LogStream: {Type: AWS::Logs::LogStream, Properties: {LogGroupName: !Ref LogGroup}}
  MetricFilter:
    Type: AWS::Logs::MetricFilter
    Properties:
      LogGroupName: !Ref LogGroup
      FilterPattern: ERROR%N%
      MetricTransformations: [{MetricName: errors, MetricNamespace: n, MetricValue: "1"}]
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      MetricName: UserErrors
      Namespace: AWS/DynamoDB
      Statistic: Sum
      Period: 300
      EvaluationPeriods: 1
      Threshold: %N%
      ComparisonOperator: GreaterThanThreshold
      AlarmActions: [!Ref Topic]
      Tags: [{Key: n, Value: "%N%"}]
  Composite: {Type: AWS::CloudWatch::CompositeAlarm, Properties: {AlarmRule: !Sub 'ALARM("${Alarm}")'}}
  Dashboard: {Type: AWS::CloudWatch::Dashboard, Properties: {DashboardBody: '{"widgets":[],"start":"-PT%N%H"}'}}
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      VersioningConfiguration: {Status: Enabled}
      BucketEncryption: {ServerSideEncryptionConfiguration: [{ServerSideEncryptionByDefault: {SSEAlgorithm: AES256}}]}
      PublicAccessBlockConfiguration: {BlockPublicAcls: true, RestrictPublicBuckets: true}
      LifecycleConfiguration: {Rules: [{Id: a, Status: Enabled, ExpirationInDays: %N%0, Prefix: x/}]}
      CorsConfiguration: {CorsRules: [{AllowedMethods: [GET], AllowedOrigins: ["*"], MaxAge: %N%}]}
      Tags: [{Key: n, Value: "%N%"}]
  BucketPolicy: {Type: AWS::S3::BucketPolicy, Properties: {Bucket: !Ref Bucket, PolicyDocument: &SECURE&}}
  Metadata: {Type: AWS::CDK::Metadata, Properties: {Analytics: "%N%"}}
"""


def _statement(effect: str, action: str, resource: Any, **members: Any) -> str:
    statement = {"Effect": effect, "Action": action, "Resource": resource, **members}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _template(prefix: str, number: int) -> str:
    secure = {"Bool": {"aws:SecureTransport": "false"}}
    objects = {"Fn::Sub": "${Bucket.Arn}/*"}
    queue, topic = {"Fn::GetAtt": ["Queue", "Arn"]}, {"Ref": "Topic"}
    events = {"Service": "events.amazonaws.com"}
    parts = {
        "&ALLOW&": _statement("Allow", f"sqs:Get*{number}", "*"),
        "&ANYBODY&": _statement("Allow", "sqs:SendMessage", queue, Principal="*", Sid=f"n{number}"),
        "&PUBLISH&": _statement("Allow", "sns:Publish", topic, Principal=events, Sid=f"n{number}"),
        "&SECURE&": _statement("Deny", "s3:*", objects, Principal="*", Condition=secure),
        "%N%3600": str(3600 * number),
        "%DAYS%": str(7 * number),
        "%N%": str(number),
        "%P%": prefix,
    }
    text = _TEMPLATE
    for name, value in parts.items():
        text = text.replace(name, value)
    return text


@pytest.fixture
def made(target: Target, worker_id: str) -> Iterator[Stacks]:
    """Stacks of the test."""
    with stacks(target.other("cloudformation"), f"types-{worker_id}") as found:
        yield found


@pytest.fixture
def code(target: Target, made: Stacks) -> Iterator[None]:
    """A bucket with the archive of a layer."""
    client = target.other("s3")
    bucket = f"{made.prefix}-code"
    client.create_bucket(Bucket=bucket)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        package.writestr("python/layer.py", "NUMBER = 1")
    client.put_object(Bucket=bucket, Key="layer.zip", Body=packed.getvalue())
    yield
    client.delete_object(Bucket=bucket, Key="layer.zip")
    client.delete_bucket(Bucket=bucket)


def _failures(made: Stacks, stack: dict[str, Any]) -> list[tuple[str, str]]:
    pages = made.client.get_paginator("describe_stack_events").paginate(StackName=stack["StackId"])
    return [
        (event["LogicalResourceId"], event["ResourceStatusReason"])
        for page in pages
        for event in page["StackEvents"]
        if event["ResourceStatus"].endswith("_FAILED")
    ]


@pytest.mark.usefixtures("code")
def test_every_type_is_made_changed_and_removed(made: Stacks, target: Target) -> None:
    """By its service's own API; what was changed is what the service tells."""
    request = {"StackName": made.prefix, "Capabilities": ["CAPABILITY_IAM"]}
    body = _template(made.prefix, 1)
    made._made.append(made.client.create_stack(**request, TemplateBody=body)["StackId"])
    stack = made.settled(made._made[0])
    assert ("CREATE_COMPLETE", []) == (stack["StackStatus"], _failures(made, stack))

    made.client.update_stack(**request, TemplateBody=_template(made.prefix, 2))
    stack = made.settled(stack["StackId"])
    assert ("UPDATE_COMPLETE", []) == (stack["StackStatus"], _failures(made, stack))
    name = made.physical(stack, "Function")
    function = target.other("lambda").get_function_configuration(FunctionName=name)
    assert (20, {"NUMBER": "2"}) == (function["Timeout"], function["Environment"]["Variables"])
    queue = target.other("sqs").get_queue_attributes(
        QueueUrl=made.physical(stack, "Queue"), AttributeNames=["VisibilityTimeout"]
    )
    assert {"VisibilityTimeout": "20"} == queue["Attributes"]
    alarms = target.other("cloudwatch").describe_alarms(AlarmNames=[made.physical(stack, "Alarm")])
    assert [2.0] == [alarm["Threshold"] for alarm in alarms["MetricAlarms"]]
    table = target.client().describe_table(TableName=made.physical(stack, "Table"))["Table"]
    assert ["gsi2"] == [index["IndexName"] for index in table["GlobalSecondaryIndexes"]]

    assert "DELETE_COMPLETE" == made.delete(stack)["StackStatus"]
    assert [] == _failures(made, {"StackId": stack["StackId"]})


def test_parameters_and_secrets_are_made_and_referred_to(made: Stacks) -> None:
    """A secret with a password that nobody knows, and a queue whose delay is in Parameter Store."""
    secret = {"SecretStringTemplate": '{"user": "a"}', "GenerateStringKey": "password"}
    parameter = {"Type": "String", "Value": "7"}
    first = made.create(
        {
            "Secret": {
                "Type": "AWS::SecretsManager::Secret",
                "Properties": {"GenerateSecretString": secret},
            },
            "Delay": {"Type": "AWS::SSM::Parameter", "Properties": parameter},
        }
    )
    assert "CREATE_COMPLETE" == first["StackStatus"], _failures(made, first)
    arn = made.physical(first, "Secret")
    user = "{{resolve:secretsmanager:" + arn + ":SecretString:user}}"

    second = made.create(
        {
            "Queue": {
                "Type": "AWS::SQS::Queue",
                "Properties": {
                    "DelaySeconds": {"Ref": "Delay"},
                    "Tags": [{"Key": "user", "Value": user}],
                },
            }
        },
        "-second",
        Declared={"Delay": {"Type": "AWS::SSM::Parameter::Value<String>"}},
        Parameters=[{"ParameterKey": "Delay", "ParameterValue": made.physical(first, "Delay")}],
    )

    assert "CREATE_COMPLETE" == second["StackStatus"], _failures(made, second)
    assert "7" == second["Parameters"][0]["ResolvedValue"]
