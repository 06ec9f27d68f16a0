# Debug DynamoDB table
resource "aws_dynamodb_table" "debug" {
  name           = "debug-table"
  billing_mode   = "PAY_PER_REQUEST"
  hash_key       = "id"

  attribute {
    name = "id"
    type = "S"
  }

  tags = {
    Name        = "Debug DynamoDB Table"
    Environment = "production"
  }
}
