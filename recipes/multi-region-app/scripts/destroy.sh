#!/usr/bin/env bash
# Remove what deploy.sh made, the processors first and the table with its replicas last, and say what is left.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=regions.sh
. scripts/regions.sh

usage() {
    cat <<'TEXT'
usage: destroy.sh [--table-name NAME] [--primary-region R] [--secondary-region R] [--tertiary-region R]
                  [--stack-name NAME] [--yes]

Asks for what no option and no variable of the environment says, and once more before it deletes; --yes asks nothing.
TEXT
}

parse_flags "$@"
command -v aws >/dev/null || die 'the AWS CLI is not installed'
ask TABLE_NAME 'Name of the table' GlobalUserProfiles
ask_regions

answer=${ASSUME_YES:-}
ask answer "Delete the table $TABLE_NAME and its data in all three regions? (yes or no)" no
[ "$answer" = yes ] || die 'nothing was deleted'

# The other regions at the same time; the table goes when nothing works on it any more.
deleting=()
for region in "$TERTIARY_REGION" "$SECONDARY_REGION"; do
    delete_stack "$region" &
    deleting+=("$!")
done
for process in "${deleting[@]}"; do
    wait "$process"
done
delete_stack "$PRIMARY_REGION"

left=0
for region in "$PRIMARY_REGION" "$SECONDARY_REGION" "$TERTIARY_REGION"; do
    if aws dynamodb describe-table --region "$region" --table-name "$TABLE_NAME" >/dev/null 2>&1; then
        say "left: table $TABLE_NAME in $region"
        left=1
    fi
    groups=$(aws logs describe-log-groups --region "$region" --log-group-name-prefix /aws/lambda/GlobalTableProcessor \
        --query 'logGroups[].logGroupName' --output text)
    if [ -n "$groups" ] && [ "$groups" != None ]; then
        say "left: log groups in $region: $groups"
        left=1
    fi
done
[ "$left" -eq 0 ] && say 'nothing is left'
exit 0
