# Check table status across regions
aws dynamodb describe-table --table-name YourTableName --region us-east-1
aws dynamodb describe-table --table-name YourTableName --region eu-west-1
aws dynamodb describe-table --table-name YourTableName --region ap-northeast-1

# View Lambda function logs
aws logs tail /aws/lambda/GlobalTableProcessor-YourSuffix --region us-east-1

# Check CloudWatch alarms
aws cloudwatch describe-alarms --region us-east-1
