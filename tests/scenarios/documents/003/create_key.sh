aws kms create-key \
    --description "DynamoDB encryption key for transactions-global-STUDENTID" \
    --region us-east-1
