# Write to primary region
aws dynamodb put-item \
  --table-name myapp-prod-MainTable \
  --item '{"PK":{"S":"TEST#GLOBAL"},"SK":{"S":"DATA"},"region":{"S":"us-east-1"}}' \
  --region us-east-1

# Read from secondary region (may take a few seconds)
aws dynamodb get-item \
  --table-name myapp-prod-MainTable \
  --key '{"PK":{"S":"TEST#GLOBAL"},"SK":{"S":"DATA"}}' \
  --region us-west-2
