# DynamoDB table with GSI
resource "aws_dynamodb_table" "gsi_table" {
  name           = "gsi-table"
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

  attribute {
    name = "category"
    type = "S"
  }

  global_secondary_index {
    name     = "CategoryIndex"
    hash_key = "category"
    range_key = "timestamp"
  }

  tags = {
    Name        = "GSI DynamoDB Table"
    Environment = "production"
  }
}
