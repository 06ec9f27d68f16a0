# DynamoDB global table
resource "aws_dynamodb_table" "global_table" {
  provider = aws.us_east_1

  name           = "global-table"
  billing_mode   = "PAY_PER_REQUEST"
  hash_key       = "id"

  attribute {
    name = "id"
    type = "S"
  }

  tags = {
    Name        = "Global DynamoDB Table"
    Environment = "production"
  }
}

# DynamoDB global table replica
resource "aws_dynamodb_table" "global_table_replica" {
  provider = aws.us_west_2

  name           = "global-table"
  billing_mode   = "PAY_PER_REQUEST"
  hash_key       = "id"

  attribute {
    name = "id"
    type = "S"
  }

  tags = {
    Name        = "Global DynamoDB Table Replica"
    Environment = "production"
  }
}

# DynamoDB global table
resource "aws_dynamodb_global_table" "global_table" {
  name = "global-table"

  replica {
    region_name = "us-east-1"
  }

  replica {
    region_name = "us-west-2"
  }

  tags = {
    Name        = "Global DynamoDB Table"
    Environment = "production"
  }
}
