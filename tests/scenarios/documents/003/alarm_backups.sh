aws cloudwatch put-metric-alarm \
    --alarm-name "DynamoDB-BackupFailed-STUDENTID" \
    --alarm-description "Backup failure detected" \
    --metric-name NumberOfBackupsFailed \
    --namespace AWS/DynamoDB \
    --statistic Sum \
    --period 3600 \
    --evaluation-periods 1 \
    --threshold 1 \
    --comparison-operator GreaterThanOrEqualToThreshold
