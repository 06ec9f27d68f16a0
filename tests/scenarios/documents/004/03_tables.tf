# DynamoDB table
resource "aws_dynamodb_table" "main" {
  name           = "main-table"
  billing_mode   = "PAY_PER_REQUEST"
  hash_key       = "id"

  attribute {
    name = "id"
    type = "S"
  }

  tags = {
    Name        = "Main DynamoDB Table"
    Environment = "production"
  }
}

# DynamoDB table with sort key
resource "aws_dynamodb_table" "main_with_sort" {
  name           = "main-with-sort-table"
  billing_mode   = "PAY_PER_REQUEST"
  hash_key       = "id"
  range_key      = "timestamp"

  attribute {
    name = "id"
    type = "S"
  }

  attribute {
    name = "timestamp"
    type = "N"
  }

  tags = {
    Name        = "Main with Sort DynamoDB Table"
    Environment = "production"
  }
}
