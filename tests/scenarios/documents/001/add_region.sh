# Create Global Table
aws dynamodb create-global-table \
  --global-table-name myapp-prod-MainTable \
  --replication-group RegionName=us-east-1 RegionName=us-west-2

# Add additional region
aws dynamodb update-global-table \
  --global-table-name myapp-prod-MainTable \
  --replica-updates Create={RegionName=eu-west-1}

# Check status
aws dynamodb describe-global-table \
  --global-table-name myapp-prod-MainTable
