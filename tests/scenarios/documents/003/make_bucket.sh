aws s3 mb s3://dynamodb-exports-STUDENTID --region us-east-1
