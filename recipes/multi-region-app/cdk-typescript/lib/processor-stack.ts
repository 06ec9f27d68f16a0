import * as path from 'node:path';
import * as cdk from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

export interface ProcessorStackProps extends cdk.StackProps {
  readonly tableName: string;
}

/** What one region has beside its replica: the function that works on it, its logs, its alarms. */
export class ProcessorStack extends cdk.Stack {
  constructor(scope: Construct, id: string, props: ProcessorStackProps) {
    super(scope, id, props);

    const functionName = `GlobalTableProcessor-${props.tableName}`;
    const logGroup = new logs.LogGroup(this, 'Logs', {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: logs.RetentionDays.TWO_WEEKS,
      removalPolicy: cdk.RemovalPolicy.DESTROY,
    });
    const processor = new lambda.Function(this, 'Processor', {
      functionName,
      runtime: lambda.Runtime.PYTHON_3_12,
      handler: 'index.handler',
      code: lambda.Code.fromAsset(path.join(__dirname, '..', '..', 'lambda')),
      timeout: cdk.Duration.seconds(30),
      memorySize: 256,
      environment: { TABLE_NAME: props.tableName },
      logGroup,
    });

    const replica = dynamodb.TableV2.fromTableAttributes(this, 'Replica', {
      tableName: props.tableName,
      globalIndexes: ['EmailIndex'],
    });
    replica.grant(processor, 'dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query');

    new cloudwatch.Metric({ namespace: 'AWS/DynamoDB', metricName: 'UserErrors', statistic: 'Sum' }).createAlarm(
      this,
      'UserErrors',
      {
        alarmDescription: 'More than 10 requests in five minutes were wrong.',
        threshold: 10,
        evaluationPeriods: 1,
        comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
      },
    );

    new cdk.CfnOutput(this, 'FunctionName', { value: processor.functionName });
  }
}
