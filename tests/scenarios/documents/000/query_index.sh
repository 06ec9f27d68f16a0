# Test GSI query functionality
aws dynamodb query \
    --table-name YourTableName \
    --index-name EmailIndex \
    --key-condition-expression "Email = :email" \
    --expression-attribute-values '{":email":{"S":"test@example.com"}}' \
    --region us-east-1
