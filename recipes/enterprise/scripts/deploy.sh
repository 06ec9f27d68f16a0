#!/usr/bin/env bash
# Make a key in every region, then the table with everything around it in the first one. Can be run again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

student=${1:?usage: deploy.sh STUDENTID [PRIMARY SECONDARY TERTIARY]}
regions=("${2:-us-east-1}" "${3:-us-west-2}" "${4:-eu-west-1}")
deploying=()
for region in "${regions[@]}"; do
    echo "$region: the key"
    aws cloudformation deploy --region "$region" --stack-name "transactions-key-$student" --template-file key.yaml \
        --parameter-overrides "StudentId=$student" --no-fail-on-empty-changeset &
    deploying+=("$!")
done
for process in "${deploying[@]}"; do
    wait "$process"
done
keys=()
for region in "${regions[@]}"; do
    keys+=("$(aws cloudformation describe-stacks --region "$region" --stack-name "transactions-key-$student" \
        --query "Stacks[0].Outputs[?OutputKey=='KeyArn'].OutputValue" --output text)")
done
echo "${regions[0]}: the table and what is around it"
aws cloudformation deploy --region "${regions[0]}" --stack-name "transactions-$student" \
    --template-file transactions.yaml --capabilities CAPABILITY_NAMED_IAM --no-fail-on-empty-changeset \
    --parameter-overrides "StudentId=$student" "SecondaryRegion=${regions[1]}" "TertiaryRegion=${regions[2]}" \
    "PrimaryKeyArn=${keys[0]}" "SecondaryKeyArn=${keys[1]}" "TertiaryKeyArn=${keys[2]}" \
    "DeletionProtection=${DELETION_PROTECTION:-true}"
