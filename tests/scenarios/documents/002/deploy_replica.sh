aws --region us-west-2 cloudformation deploy --template-file DynamoDBReplicaTable.yml --stack-name DynamoDBGlobalTableTest
