# Check table status
aws dynamodb describe-table --table-name myapp-prod-MainTable

# Check Global Table status
aws dynamodb describe-global-table --global-table-name myapp-prod-MainTable
