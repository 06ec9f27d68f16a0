# Enable PITR (if not enabled in template)
aws dynamodb update-continuous-backups \
  --table-name myapp-prod-MainTable \
  --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true
