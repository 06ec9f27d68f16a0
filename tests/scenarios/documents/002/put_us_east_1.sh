aws dynamodb put-item --table-name TestTable --item '{"ExKey": {"S":"us-east-1 test"}}' --region us-east-1
