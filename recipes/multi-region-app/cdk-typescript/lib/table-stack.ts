import * as cdk from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';

export interface TableStackProps extends cdk.StackProps {
  readonly tableName: string;
  readonly replicaRegions: string[];
}

/** The table, its replicas, and what watches the replication. */
export class TableStack extends cdk.Stack {
  constructor(scope: Construct, id: string, props: TableStackProps) {
    super(scope, id, props);

    const table = new dynamodb.TableV2(this, 'Table', {
      tableName: props.tableName,
      partitionKey: { name: 'UserId', type: dynamodb.AttributeType.STRING },
      billing: dynamodb.Billing.onDemand(),
      dynamoStream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: cdk.RemovalPolicy.DESTROY,
      globalSecondaryIndexes: [
        { indexName: 'EmailIndex', partitionKey: { name: 'Email', type: dynamodb.AttributeType.STRING } },
      ],
      replicas: props.replicaRegions.map((region) => ({ region })),
    });

    const latencies = props.replicaRegions.map(
      (region) =>
        new cloudwatch.Metric({
          namespace: 'AWS/DynamoDB',
          metricName: 'ReplicationLatency',
          dimensionsMap: { TableName: props.tableName, ReceivingRegion: region },
          statistic: 'Average',
          period: cdk.Duration.minutes(1),
          label: region,
        }),
    );
    latencies.forEach((metric, index) =>
      metric.createAlarm(this, `ReplicationLatency${index}`, {
        alarmDescription: `Writes need more than 10 s to ${props.replicaRegions[index]}.`,
        threshold: 10_000,
        evaluationPeriods: 3,
        comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
      }),
    );

    new cloudwatch.Dashboard(this, 'Dashboard', {
      dashboardName: `GlobalTable-${props.tableName}`,
      widgets: [
        [
          new cloudwatch.GraphWidget({
            title: 'Capacity',
            left: [table.metricConsumedReadCapacityUnits(), table.metricConsumedWriteCapacityUnits()],
            width: 12,
          }),
          new cloudwatch.GraphWidget({ title: 'Replication latency', left: latencies, width: 12 }),
        ],
      ],
    });

    new cdk.CfnOutput(this, 'TableArn', { value: table.tableArn });
    new cdk.CfnOutput(this, 'StreamArn', { value: table.tableStreamArn ?? '' });
  }
}
