# Restore from backup
aws dynamodb restore-table-from-backup \
  --target-table-name myapp-prod-MainTable-restored \
  --backup-arn arn:aws:dynamodb:region:account:table/myapp-prod-MainTable/backup/01234567890123-abcdefgh
