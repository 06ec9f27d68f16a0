# Version 2017.11.29: equal, empty tables with streams in both regions, joined to one global table.
# New tables take version 2019.11.21 instead: see the last resource.

# DynamoDB global table
resource "aws_dynamodb_table" "global_table" {
  provider = aws.us_east_1

  name         = "global-table"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }

  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"

  tags = {
    Name        = "Global DynamoDB Table"
    Environment = "production"
  }
}

# DynamoDB global table replica
resource "aws_dynamodb_table" "global_table_replica" {
  provider = aws.us_west_2

  name         = "global-table"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }

  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"

  tags = {
    Name        = "Global DynamoDB Table Replica"
    Environment = "production"
  }
}

# DynamoDB global table
resource "aws_dynamodb_global_table" "global_table" {
  provider   = aws.us_east_1
  depends_on = [aws_dynamodb_table.global_table, aws_dynamodb_table.global_table_replica]

  name = "global-table"

  replica {
    region_name = "us-east-1"
  }

  replica {
    region_name = "us-west-2"
  }
}

# Version 2019.11.21: one resource; AWS makes the table in the other regions and copies what is there.
resource "aws_dynamodb_table" "replicated" {
  provider = aws.us_east_1

  name         = "replicated-table"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }

  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"

  dynamic "replica" {
    for_each = var.replica_regions
    content {
      region_name            = replica.value
      point_in_time_recovery = true
      propagate_tags         = true
    }
  }

  point_in_time_recovery {
    enabled = true
  }

  tags = {
    Name        = "Replicated DynamoDB Table"
    Environment = "production"
  }
}
