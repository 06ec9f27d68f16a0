aws kms create-alias \
    --alias-name alias/dynamodb-transactions-STUDENTID \
    --target-key-id <key-id> \
    --region us-east-1
