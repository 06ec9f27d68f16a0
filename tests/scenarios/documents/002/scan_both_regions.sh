aws dynamodb scan --table-name TestTable --region us-west-2
aws dynamodb scan --table-name TestTable --region us-east-1
