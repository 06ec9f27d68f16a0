aws ec2 create-vpc-endpoint \
    --vpc-id vpc-XXXXX \
    --service-name com.amazonaws.us-east-1.dynamodb \
    --route-table-ids rtb-XXXXX \
    --region us-east-1
