#!/usr/bin/env bash
# Remove the table with everything around it, then the keys (after seven days). Exports stay in their bucket.
set -euo pipefail

student=${1:?usage: destroy.sh STUDENTID [PRIMARY SECONDARY TERTIARY]}
regions=("${2:-us-east-1}" "${3:-us-west-2}" "${4:-eu-west-1}")
table=transactions-global-$student

for region in "${regions[@]}"; do
    aws dynamodb update-table --region "$region" --table-name "$table" --no-deletion-protection-enabled \
        >/dev/null 2>&1 || true
done
aws cloudformation delete-stack --region "${regions[0]}" --stack-name "transactions-$student"
aws cloudformation wait stack-delete-complete --region "${regions[0]}" --stack-name "transactions-$student"
for region in "${regions[@]}"; do
    aws cloudformation delete-stack --region "$region" --stack-name "transactions-key-$student"
done
for region in "${regions[@]}"; do
    aws cloudformation wait stack-delete-complete --region "$region" --stack-name "transactions-key-$student"
done
echo "left: the bucket dynamodb-exports-$student with its exports, and backups of $table"
