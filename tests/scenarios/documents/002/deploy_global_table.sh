aws --region us-east-1 cloudformation package --template-file DynamoDBGlobalTable.yml --s3-bucket dynamodb-global-test --output-template-file DynamoDBGlobalTable-packaged.yml
aws --region us-east-1 cloudformation deploy --template-file DynamoDBGlobalTable-packaged.yml --stack-name DynamoDBGlobalTableTest --capabilities CAPABILITY_NAMED_IAM
