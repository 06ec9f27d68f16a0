# Point every AWS tool of this shell at globaltables: the CLI (both versions), boto3, the SDKs, Terraform and CDK.
#
#     . recipes/env.sh [endpoint]
#
# Without this file the same commands go to AWS.
AWS_ENDPOINT_URL=${1:-http://127.0.0.1:8000}
AWS_ACCESS_KEY_ID=${AWS_ACCESS_KEY_ID:-local}
AWS_SECRET_ACCESS_KEY=${AWS_SECRET_ACCESS_KEY:-local}
AWS_REGION=${AWS_REGION:-us-east-1}
AWS_DEFAULT_REGION=$AWS_REGION
# Nobody presses a key to see the next page, and no metadata service is waited for.
AWS_PAGER=
AWS_EC2_METADATA_DISABLED=true
# CLI version 2 reads payloads as Base64 unless it is told otherwise; buckets are in the path, not in the host's name.
AWS_CONFIG_FILE=${TMPDIR:-/tmp}/globaltables-aws-config-$(id -u)
printf '[default]\ncli_binary_format = raw-in-base64-out\ns3 =\n    addressing_style = path\n' >"$AWS_CONFIG_FILE"
export AWS_ENDPOINT_URL AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_REGION AWS_DEFAULT_REGION AWS_PAGER
export AWS_EC2_METADATA_DISABLED AWS_CONFIG_FILE
