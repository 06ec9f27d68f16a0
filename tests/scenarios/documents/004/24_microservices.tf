# Microservices DynamoDB setup
resource "aws_dynamodb_table" "microservices" {
  for_each = toset([
    "user-service",
    "product-service",
    "order-service",
    "payment-service"
  ])

  name           = "${each.value}-table"
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

  # Global secondary index for status
  global_secondary_index {
    name     = "StatusIndex"
    hash_key = "status"
    range_key = "timestamp"
  }

  # Streams
  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"

  # Server-side encryption
  server_side_encryption {
    enabled = true
    kms_key_id = aws_kms_key.dynamodb.arn
  }

  tags = {
    Name        = "Microservices ${title(each.value)} DynamoDB Table"
    Environment = "production"
    Project     = "microservices"
    Service     = each.value
  }
}
