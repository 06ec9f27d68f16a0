# Simple DynamoDB table
resource "aws_dynamodb_table" "simple" {
  name           = "simple-table"
  billing_mode   = "PAY_PER_REQUEST"
  hash_key       = "id"

  attribute {
    name = "id"
    type = "S"
  }

  tags = {
    Name = "Simple DynamoDB Table"
  }
}
