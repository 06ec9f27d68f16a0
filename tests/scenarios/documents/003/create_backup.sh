aws dynamodb create-backup \
    --table-name transactions-global-STUDENTID \
    --backup-name transactions-backup-$(date +%Y%m%d-%H%M%S)-STUDENTID \
    --region us-east-1
