# Restore to specific time
aws dynamodb restore-table-to-point-in-time \
  --source-table-name myapp-prod-MainTable \
  --target-table-name myapp-prod-MainTable-restored \
  --restore-date-time 2023-12-01T10:00:00.000Z
