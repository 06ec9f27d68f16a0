# Check Lambda function logs
aws logs tail /aws/lambda/myapp-prod-MainTable-stream-processor --follow
