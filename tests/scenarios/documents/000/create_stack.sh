# Deploy the primary stack
aws cloudformation create-stack \
    --stack-name dynamodb-global-tables-primary \
    --template-body file://cloudformation.yaml \
    --capabilities CAPABILITY_IAM \
    --parameters ParameterKey=TableName,ParameterValue=GlobalUserProfiles-$(date +%s) \
                 ParameterKey=PrimaryRegion,ParameterValue=us-east-1 \
                 ParameterKey=SecondaryRegion,ParameterValue=eu-west-1 \
                 ParameterKey=TertiaryRegion,ParameterValue=ap-northeast-1

# Wait for stack completion
aws cloudformation wait stack-create-complete \
    --stack-name dynamodb-global-tables-primary

# Get stack outputs
aws cloudformation describe-stacks \
    --stack-name dynamodb-global-tables-primary \
    --query 'Stacks[0].Outputs'
