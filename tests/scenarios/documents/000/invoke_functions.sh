# Test writing data from primary region
aws lambda invoke \
    --function-name GlobalTableProcessor-$(date +%s) \
    --payload '{"operation": "put", "userId": "test-user", "name": "Test User"}' \
    --region us-east-1 \
    /tmp/test-response.json

# Verify replication in secondary region
aws lambda invoke \
    --function-name GlobalTableProcessor-$(date +%s) \
    --payload '{"operation": "get", "userId": "test-user"}' \
    --region eu-west-1 \
    /tmp/test-response.json
