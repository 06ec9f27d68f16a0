# Delete the stack
aws cloudformation delete-stack \
    --stack-name dynamodb-global-tables-primary

# Wait for deletion to complete
aws cloudformation wait stack-delete-complete \
    --stack-name dynamodb-global-tables-primary
