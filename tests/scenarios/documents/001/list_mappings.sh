# Check event source mapping
aws lambda list-event-source-mappings \
  --function-name myapp-prod-MainTable-stream-processor
