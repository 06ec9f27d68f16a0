# Enable Global Tables (run from primary region)
aws dynamodb create-global-table \
  --global-table-name myapp-prod-MainTable \
  --replication-group RegionName=us-east-1 RegionName=us-west-2 RegionName=eu-west-1
