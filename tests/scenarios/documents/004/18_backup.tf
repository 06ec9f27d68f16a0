# DynamoDB table with backup
resource "aws_dynamodb_table" "backup" {
  name           = "backup-table"
  billing_mode   = "PAY_PER_REQUEST"
  hash_key       = "id"

  attribute {
    name = "id"
    type = "S"
  }

  point_in_time_recovery {
    enabled = true
  }

  tags = {
    Name        = "Backup DynamoDB Table"
    Environment = "production"
  }
}
