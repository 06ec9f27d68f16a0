# E-commerce DynamoDB setup
locals {
  ecommerce_config = {
    table_name = "ecommerce-table"
    billing_mode = "PAY_PER_REQUEST"
    hash_key = "id"
    range_key = "timestamp"
    enable_streams = true
    enable_encryption = true
  }
}

# E-commerce DynamoDB table
resource "aws_dynamodb_table" "ecommerce" {
  name           = local.ecommerce_config.table_name
  billing_mode   = local.ecommerce_config.billing_mode
  hash_key       = local.ecommerce_config.hash_key
  range_key      = local.ecommerce_config.range_key

  attribute {
    name = local.ecommerce_config.hash_key
    type = "S"
  }

  attribute {
    name = local.ecommerce_config.range_key
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

  # Global secondary index for categories
  global_secondary_index {
    name     = "CategoryIndex"
    hash_key = "category"
    range_key = local.ecommerce_config.range_key
  }

  # Global secondary index for status
  global_secondary_index {
    name     = "StatusIndex"
    hash_key = "status"
    range_key = local.ecommerce_config.range_key
  }

  # Streams
  stream_enabled   = local.ecommerce_config.enable_streams
  stream_view_type = "NEW_AND_OLD_IMAGES"

  # Server-side encryption
  server_side_encryption {
    enabled = local.ecommerce_config.enable_encryption
    kms_key_id = aws_kms_key.dynamodb.arn
  }

  tags = {
    Name        = "E-commerce DynamoDB Table"
    Environment = "production"
    Project     = "ecommerce"
  }
}
