aws cloudformation delete-stack --stack-name DynamoDBGlobalTableTest --region us-west-2
aws cloudformation delete-stack --stack-name DynamoDBGlobalTableTest --region us-east-1
