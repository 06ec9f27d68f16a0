# DynamoDB table with provisioned capacity
resource "aws_dynamodb_table" "provisioned" {
  name           = "provisioned-table"
  billing_mode   = "PROVISIONED"
  read_capacity  = 5
  write_capacity = 5
  hash_key       = "id"

  attribute {
    name = "id"
    type = "S"
  }

  global_secondary_index {
    name     = "CategoryIndex"
    hash_key = "category"
    range_key = "timestamp"
    read_capacity  = 5
    write_capacity = 5
  }

  tags = {
    Name        = "Provisioned DynamoDB Table"
    Environment = "production"
  }
}
