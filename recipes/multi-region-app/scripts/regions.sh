# What deploy.sh and destroy.sh share: what they ask for, how they speak, and stacks one by one. Source it.

TABLE_NAME=${TABLE_NAME:-}
PRIMARY_REGION=${PRIMARY_REGION:-}
SECONDARY_REGION=${SECONDARY_REGION:-}
TERTIARY_REGION=${TERTIARY_REGION:-}
BILLING_MODE=${BILLING_MODE:-}
ALARM_EMAIL=${ALARM_EMAIL:-}
STACK_NAME=${STACK_NAME:-}
ASSUME_YES=${ASSUME_YES:-}

say() { printf '%s  %s\n' "$(date +%H:%M:%S)" "$*"; }

die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# ask VARIABLE question default: takes what the environment or a flag says, else asks, else the default.
ask() {
    local value=${!1:-}
    if [ -z "$value" ] && [ -z "$ASSUME_YES" ] && [ -t 0 ]; then
        read -r -p "$2 [$3]: " value
    elif [ -z "$value" ] && [ -z "$ASSUME_YES" ]; then
        IFS= read -r value || true
    fi
    printf -v "$1" '%s' "${value:-$3}"
}

parse_flags() {
    while [ $# -gt 0 ]; do
        case $1 in
            --table-name) TABLE_NAME=${2:?"$1 needs a value"}; shift 2 ;;
            --primary-region) PRIMARY_REGION=${2:?"$1 needs a value"}; shift 2 ;;
            --secondary-region) SECONDARY_REGION=${2:?"$1 needs a value"}; shift 2 ;;
            --tertiary-region) TERTIARY_REGION=${2:?"$1 needs a value"}; shift 2 ;;
            --billing-mode) BILLING_MODE=${2:?"$1 needs a value"}; shift 2 ;;
            --alarm-email) ALARM_EMAIL=${2:?"$1 needs a value"}; shift 2 ;;
            --stack-name) STACK_NAME=${2:?"$1 needs a value"}; shift 2 ;;
            --yes | -y) ASSUME_YES=yes; shift ;;
            --help | -h) usage; exit 0 ;;
            *) usage >&2; die "unknown option: $1" ;;
        esac
    done
}

ask_regions() {
    ask STACK_NAME 'Name of the stacks' dynamodb-global-tables
    ask PRIMARY_REGION 'Primary region' us-east-1
    ask SECONDARY_REGION 'Secondary region' eu-west-1
    ask TERTIARY_REGION 'Tertiary region' ap-northeast-1
}

# stack_status region: prints the status, NONE when there is no such stack.
stack_status() {
    aws cloudformation describe-stacks --region "$1" --stack-name "$STACK_NAME" \
        --query 'Stacks[0].StackStatus' --output text 2>/dev/null || echo NONE
}

# delete_stack region: removes the stack and waits; says what it did.
delete_stack() {
    if [ "$(stack_status "$1")" = NONE ]; then
        say "$1: no stack $STACK_NAME"
        return
    fi
    say "$1: deleting the stack $STACK_NAME"
    aws cloudformation delete-stack --region "$1" --stack-name "$STACK_NAME"
    aws cloudformation wait stack-delete-complete --region "$1" --stack-name "$STACK_NAME"
}
