aws cloudformation create-stack \
  --stack-name myapp-prod-dynamodb \
  --template-body file://dynamodb-global.yaml \
  --parameters \
    ParameterKey=ProjectName,ParameterValue=myapp \
    ParameterKey=Environment,ParameterValue=prod \
    ParameterKey=TableName,ParameterValue=MainTable \
    ParameterKey=BillingMode,ParameterValue=PAY_PER_REQUEST \
  --capabilities CAPABILITY_NAMED_IAM
