#!/usr/bin/env bash
# Make the table in the primary region, its replicas, and the processor in every region. Can be run again: what is there
# is updated. What it began when it is interrupted, it removes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=regions.sh
. scripts/regions.sh

usage() {
    cat <<'TEXT'
usage: deploy.sh [--table-name NAME] [--primary-region R] [--secondary-region R] [--tertiary-region R]
                 [--billing-mode PAY_PER_REQUEST|PROVISIONED] [--alarm-email ADDRESS] [--stack-name NAME] [--yes]

Asks for what no option and no variable of the environment (TABLE_NAME, PRIMARY_REGION, ...) says; --yes takes the
defaults instead.
TEXT
}

parse_flags "$@"
command -v aws >/dev/null || die 'the AWS CLI is not installed'
ask TABLE_NAME 'Name of the table' GlobalUserProfiles
ask_regions
ask BILLING_MODE 'Billing mode (PAY_PER_REQUEST or PROVISIONED)' PAY_PER_REQUEST
ask ALARM_EMAIL 'Address that is told of alarms (empty: nobody)' ''

account=$(aws sts get-caller-identity --query Account --output text) || die 'there are no credentials for AWS'
say "account $account, table $TABLE_NAME in $PRIMARY_REGION, $SECONDARY_REGION and $TERTIARY_REGION"

# Regions whose stack this run made: they go again when the run does not come to its end.
begun=()
undo() {
    local status=$?
    trap - EXIT INT TERM
    if [ "$status" -ne 0 ] && [ "${#begun[@]}" -gt 0 ]; then
        say 'not finished: removing what this run began'
        local index
        for ((index = ${#begun[@]} - 1; index >= 0; index--)); do
            delete_stack "${begun[index]}" || say "${begun[index]}: could not be removed"
        done
    fi
    exit "$status"
}
trap undo EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

deploy_stack() {
    local region=$1
    case $(stack_status "$region") in
        NONE) begun+=("$region"); say "$region: creating the stack $STACK_NAME" ;;
        ROLLBACK_COMPLETE) delete_stack "$region"; begun+=("$region"); say "$region: creating the stack again" ;;
        *) say "$region: updating the stack $STACK_NAME" ;;
    esac
    aws cloudformation deploy --region "$region" --stack-name "$STACK_NAME" \
        --template-file cloudformation.yaml --capabilities CAPABILITY_IAM --no-fail-on-empty-changeset \
        --parameter-overrides "TableName=$TABLE_NAME" "PrimaryRegion=$PRIMARY_REGION" \
        "SecondaryRegion=$SECONDARY_REGION" "TertiaryRegion=$TERTIARY_REGION" "BillingMode=$BILLING_MODE" \
        "AlarmEmail=$ALARM_EMAIL"
}

for region in "$PRIMARY_REGION" "$SECONDARY_REGION" "$TERTIARY_REGION"; do
    deploy_stack "$region"
done
say "done: the table is in all three regions. Dashboard: GlobalTable-$TABLE_NAME in $PRIMARY_REGION"
