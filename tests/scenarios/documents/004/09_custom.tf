resource "aws_dynamodb_table" "custom" {
  name           = var.table_name
  billing_mode   = var.billing_mode
  read_capacity  = var.read_capacity
  write_capacity = var.write_capacity
  hash_key       = var.hash_key
  range_key      = var.range_key

  # Attributes
  dynamic "attribute" {
    for_each = var.attributes
    content {
      name = attribute.value.name
      type = attribute.value.type
    }
  }

  # Global secondary indexes
  dynamic "global_secondary_index" {
    for_each = var.global_secondary_indexes
    content {
      name     = global_secondary_index.value.name
      hash_key = global_secondary_index.value.hash_key
      range_key = global_secondary_index.value.range_key
      read_capacity  = global_secondary_index.value.read_capacity
      write_capacity = global_secondary_index.value.write_capacity
    }
  }

  # Local secondary indexes
  dynamic "local_secondary_index" {
    for_each = var.local_secondary_indexes
    content {
      name     = local_secondary_index.value.name
      range_key = local_secondary_index.value.range_key
    }
  }

  tags = merge(var.common_tags, {
    Name = var.table_name
  })
}
