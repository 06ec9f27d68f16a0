# Create backup
aws dynamodb create-backup \
  --table-name myapp-prod-MainTable \
  --backup-name myapp-prod-MainTable-backup-$(date +%Y%m%d)
