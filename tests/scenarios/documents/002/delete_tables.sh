aws dynamodb delete-table --table-name TestTable --region us-west-2
aws dynamodb delete-table --table-name TestTable --region us-east-1
