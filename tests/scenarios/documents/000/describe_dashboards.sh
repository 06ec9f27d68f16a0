# Get dashboard URL
aws cloudwatch describe-dashboards \
    --dashboard-names GlobalTable-YourTableName \
    --region us-east-1
