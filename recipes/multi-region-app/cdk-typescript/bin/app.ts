import * as cdk from 'aws-cdk-lib';
import { ProcessorStack } from '../lib/processor-stack';
import { TableStack } from '../lib/table-stack';

const app = new cdk.App();
const setting = (name: string, variable: string): string =>
  process.env[variable] ?? app.node.tryGetContext(name);

const tableName = setting('tableName', 'TABLE_NAME');
const primary = setting('primaryRegion', 'PRIMARY_REGION');
const others = [setting('secondaryRegion', 'SECONDARY_REGION'), setting('tertiaryRegion', 'TERTIARY_REGION')];
const account = process.env.CDK_DEFAULT_ACCOUNT;

const table = new TableStack(app, 'GlobalTableStack', {
  env: { account, region: primary },
  tableName,
  replicaRegions: others,
});

for (const region of [primary, ...others]) {
  const processor = new ProcessorStack(app, `ProcessorStack-${region}`, { env: { account, region }, tableName });
  processor.addDependency(table);
}
