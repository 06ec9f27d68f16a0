# Production DynamoDB setup
locals {
  dynamodb_config = {
    table_name = "production-table"
    billing_mode = "PAY_PER_REQUEST"
    hash_key = "id"
    range_key = "timestamp"
    enable_streams = true
    enable_encryption = true
    enable_backup = true
  }
}

# Production DynamoDB table
resource "aws_dynamodb_table" "production" {
  name           = local.dynamodb_config.table_name
  billing_mode   = local.dynamodb_config.billing_mode
  hash_key       = local.dynamodb_config.hash_key
  range_key      = local.dynamodb_config.range_key

  attribute {
    name = local.dynamodb_config.hash_key
    type = "S"
  }

  attribute {
    name = local.dynamodb_config.range_key
    type = "N"
  }

  attribute {
    name = "category"
    type = "S"
  }

  # Global secondary index
  global_secondary_index {
    name     = "CategoryIndex"
    hash_key = "category"
    range_key = local.dynamodb_config.range_key
  }

  # Streams
  stream_enabled   = local.dynamodb_config.enable_streams
  stream_view_type = "NEW_AND_OLD_IMAGES"

  # Point-in-time recovery
  point_in_time_recovery {
    enabled = local.dynamodb_config.enable_backup
  }

  # Server-side encryption
  server_side_encryption {
    enabled = local.dynamodb_config.enable_encryption
    kms_key_id = aws_kms_key.dynamodb.arn
  }

  tags = {
    Name        = "Production DynamoDB Table"
    Environment = "production"
    Project     = "web-app"
  }
}
