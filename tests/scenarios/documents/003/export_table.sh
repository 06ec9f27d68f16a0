aws dynamodb export-table-to-point-in-time \
    --table-arn arn:aws:dynamodb:us-east-1:ACCOUNT:table/transactions-global-STUDENTID \
    --s3-bucket dynamodb-exports-STUDENTID \
    --s3-prefix transactions-export/ \
    --export-format DYNAMODB_JSON \
    --region us-east-1
