aws cloudtrail create-trail \
    --name dynamodb-audit-trail-STUDENTID \
    --s3-bucket-name cloudtrail-logs-STUDENTID \
    --is-multi-region-trail \
    --enable-log-file-validation
