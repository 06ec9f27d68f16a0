# Cost-optimized DynamoDB table
resource "aws_dynamodb_table" "cost_optimized" {
  name           = "cost-optimized-table"
  billing_mode   = "PAY_PER_REQUEST"
  hash_key       = "id"

  attribute {
    name = "id"
    type = "S"
  }

  # Lifecycle management
  ttl {
    attribute_name = "ttl"
    enabled        = true
  }

  tags = {
    Name        = "Cost Optimized DynamoDB Table"
    Environment = "production"
  }
}
