# Create global table using AWS CLI
aws dynamodb create-global-table \
    --global-table-name transactions-global-STUDENTID \
    --replication-group RegionName=us-east-1 RegionName=us-west-2 RegionName=eu-west-1 \
    --region us-east-1
