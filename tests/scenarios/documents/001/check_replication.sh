# Check Global Table status
aws dynamodb describe-global-table \
  --global-table-name myapp-prod-MainTable

# Check for replication metrics
aws cloudwatch get-metric-statistics \
  --namespace AWS/DynamoDB \
  --metric-name ReplicationLatency \
  --dimensions Name=TableName,Value=myapp-prod-MainTable,Name=ReceivingRegion,Value=us-west-2 \
  --start-time 2023-12-01T00:00:00Z \
  --end-time 2023-12-02T00:00:00Z \
  --period 300 \
  --statistics Average
