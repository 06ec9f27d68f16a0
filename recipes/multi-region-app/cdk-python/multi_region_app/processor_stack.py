"""What one region has beside its replica: the function that works on it, its logs, its alarms."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

_CODE = Path(__file__).resolve().parents[2] / "lambda"


class ProcessorStack(cdk.Stack):
    """The stack of one region.

    Args:
        table_name: of the table that has a replica here.
    """

    def __init__(self, scope: Construct, id_: str, *, table_name: str, **kwargs: Any) -> None:
        super().__init__(scope, id_, **kwargs)
        name = f"GlobalTableProcessor-{table_name}"
        log_group = logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/aws/lambda/{name}",
            retention=logs.RetentionDays.TWO_WEEKS,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        processor = lambda_.Function(
            self,
            "Processor",
            function_name=name,
            runtime=lambda_.Runtime.PYTHON_3_12,
            handler="index.handler",
            code=lambda_.Code.from_asset(str(_CODE)),
            timeout=cdk.Duration.seconds(30),
            memory_size=256,
            environment={"TABLE_NAME": table_name},
            log_group=log_group,
        )
        replica = dynamodb.TableV2.from_table_attributes(
            self, "Replica", table_name=table_name, global_indexes=["EmailIndex"]
        )
        replica.grant(
            processor,
            "dynamodb:DeleteItem",
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:Query",
        )
        cloudwatch.Metric(
            namespace="AWS/DynamoDB", metric_name="UserErrors", statistic="Sum"
        ).create_alarm(
            self,
            "UserErrors",
            alarm_description="More than 10 requests in five minutes were wrong.",
            threshold=10,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        cdk.CfnOutput(self, "FunctionName", value=processor.function_name)
