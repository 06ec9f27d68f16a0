aws dynamodb restore-table-to-point-in-time \
    --source-table-name transactions-global-STUDENTID \
    --target-table-name transactions-restored-STUDENTID \
    --use-latest-restorable-time \
    --region us-east-1
