# Enable PITR in primary region
aws dynamodb update-continuous-backups \
    --table-name transactions-global-STUDENTID \
    --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true \
    --region us-east-1

# Enable PITR in us-west-2
aws dynamodb update-continuous-backups \
    --table-name transactions-global-STUDENTID \
    --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true \
    --region us-west-2

# Enable PITR in eu-west-1
aws dynamodb update-continuous-backups \
    --table-name transactions-global-STUDENTID \
    --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true \
    --region eu-west-1
