aws dynamodb put-item --table-name TestTable --item '{"ExKey": {"S":"us-west-2 test"}}' --region us-west-2
