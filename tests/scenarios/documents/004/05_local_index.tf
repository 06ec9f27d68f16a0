# DynamoDB table with LSI
resource "aws_dynamodb_table" "lsi_table" {
  name           = "lsi-table"
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
    name = "status"
    type = "S"
  }

  local_secondary_index {
    name     = "StatusIndex"
    range_key = "status"
  }

  tags = {
    Name        = "LSI DynamoDB Table"
    Environment = "production"
  }
}
