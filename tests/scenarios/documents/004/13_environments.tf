# Multi-environment DynamoDB setup
locals {
  environments = {
    dev = {
      table_name = "dev-table"
      billing_mode = "PAY_PER_REQUEST"
      enable_streams = false
      enable_encryption = false
    }
    staging = {
      table_name = "staging-table"
      billing_mode = "PAY_PER_REQUEST"
      enable_streams = true
      enable_encryption = true
    }
    prod = {
      table_name = "prod-table"
      billing_mode = "PROVISIONED"
      read_capacity = 10
      write_capacity = 10
      enable_streams = true
      enable_encryption = true
    }
  }
}

# Environment-specific DynamoDB tables
resource "aws_dynamodb_table" "environment" {
  for_each = local.environments

  name           = each.value.table_name
  billing_mode   = each.value.billing_mode
  read_capacity  = each.value.read_capacity
  write_capacity = each.value.write_capacity
  hash_key       = "id"

  attribute {
    name = "id"
    type = "S"
  }

  # Streams
  stream_enabled   = each.value.enable_streams
  stream_view_type = "NEW_AND_OLD_IMAGES"

  # Server-side encryption
  server_side_encryption {
    enabled = each.value.enable_encryption
    kms_key_id = aws_kms_key.dynamodb.arn
  }

  tags = {
    Name        = "${title(each.key)} DynamoDB Table"
    Environment = each.key
    Project     = "multi-env-app"
  }
}
