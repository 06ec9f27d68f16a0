# Advanced DynamoDB table
resource "aws_dynamodb_table" "advanced" {
  name           = "advanced-table"
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

  attribute {
    name = "status"
    type = "S"
  }

  # Global secondary index
  global_secondary_index {
    name     = "CategoryIndex"
    hash_key = "category"
    range_key = "timestamp"
  }

  # Local secondary index
  local_secondary_index {
    name     = "StatusIndex"
    range_key = "status"
  }

  # Streams
  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"

  # Point-in-time recovery
  point_in_time_recovery {
    enabled = true
  }

  # Server-side encryption
  server_side_encryption {
    enabled = true
    kms_key_id = aws_kms_key.dynamodb.arn
  }

  tags = {
    Name        = "Advanced DynamoDB Table"
    Environment = "production"
  }
}

# KMS key for DynamoDB encryption
resource "aws_kms_key" "dynamodb" {
  description             = "KMS key for DynamoDB encryption"
  deletion_window_in_days = 7
  enable_key_rotation     = true

  tags = {
    Name        = "DynamoDB Encryption Key"
    Environment = "production"
  }
}
