"""The table, its replicas, and what watches the replication."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct


class TableStack(cdk.Stack):
    """The stack of the primary region.

    Args:
        table_name: the same in every region.
        replica_regions: where the table has replicas beside the stack's region.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        table_name: str,
        replica_regions: list[str],
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, id_, **kwargs)
        string = dynamodb.AttributeType.STRING
        table = dynamodb.TableV2(
            self,
            "Table",
            table_name=table_name,
            partition_key=dynamodb.Attribute(name="UserId", type=string),
            billing=dynamodb.Billing.on_demand(),
            dynamo_stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            removal_policy=cdk.RemovalPolicy.DESTROY,
            global_secondary_indexes=[
                dynamodb.GlobalSecondaryIndexPropsV2(
                    index_name="EmailIndex",
                    partition_key=dynamodb.Attribute(name="Email", type=string),
                )
            ],
            replicas=[dynamodb.ReplicaTableProps(region=region) for region in replica_regions],
        )
        latencies = [self._latency(table_name, region) for region in replica_regions]
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=f"GlobalTable-{table_name}",
            widgets=[
                [
                    cloudwatch.GraphWidget(
                        title="Capacity",
                        left=[
                            table.metric_consumed_read_capacity_units(),
                            table.metric_consumed_write_capacity_units(),
                        ],
                        width=12,
                    ),
                    cloudwatch.GraphWidget(title="Replication latency", left=latencies, width=12),
                ]
            ],
        )
        cdk.CfnOutput(self, "TableArn", value=table.table_arn)
        cdk.CfnOutput(self, "StreamArn", value=table.table_stream_arn or "")

    def _latency(self, table_name: str, region: str) -> cloudwatch.Metric:
        metric = cloudwatch.Metric(
            namespace="AWS/DynamoDB",
            metric_name="ReplicationLatency",
            dimensions_map={"TableName": table_name, "ReceivingRegion": region},
            statistic="Average",
            period=cdk.Duration.minutes(1),
            label=region,
        )
        metric.create_alarm(
            self,
            f"ReplicationLatency-{region}",
            alarm_description=f"Writes need more than 10 s to {region}.",
            threshold=10_000,
            evaluation_periods=3,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        return metric
