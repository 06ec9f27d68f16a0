# KMS key for DynamoDB encryption
resource "aws_kms_key" "dynamodb_encryption" {
  description             = "KMS key for DynamoDB encryption"
  deletion_window_in_days = 7
  enable_key_rotation     = true

  tags = {
    Name        = "DynamoDB Encryption Key"
    Environment = "production"
  }
}

# Encrypted DynamoDB table
resource "aws_dynamodb_table" "encrypted" {
  name           = "encrypted-table"
  billing_mode   = "PAY_PER_REQUEST"
  hash_key       = "id"

  attribute {
    name = "id"
    type = "S"
  }

  server_side_encryption {
    enabled = true
    kms_key_id = aws_kms_key.dynamodb_encryption.arn
  }

  tags = {
    Name        = "Encrypted DynamoDB Table"
    Environment = "production"
  }
}
