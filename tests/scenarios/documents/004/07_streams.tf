# DynamoDB table with streams
resource "aws_dynamodb_table" "streams_table" {
  name           = "streams-table"
  billing_mode   = "PAY_PER_REQUEST"
  hash_key       = "id"

  attribute {
    name = "id"
    type = "S"
  }

  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"

  tags = {
    Name        = "Streams DynamoDB Table"
    Environment = "production"
  }
}

# Lambda function for DynamoDB streams
resource "aws_lambda_function" "dynamodb_streams" {
  filename         = "dynamodb_streams.zip"
  function_name    = "dynamodb-streams-processor"
  role            = aws_iam_role.lambda_role.arn
  handler         = "index.handler"
  runtime         = "python3.9"
  timeout         = 300

  tags = {
    Name        = "DynamoDB Streams Processor"
    Environment = "production"
  }
}

# Lambda event source mapping for DynamoDB streams
resource "aws_lambda_event_source_mapping" "dynamodb_streams" {
  event_source_arn  = aws_dynamodb_table.streams_table.stream_arn
  function_name     = aws_lambda_function.dynamodb_streams.arn
  starting_position = "LATEST"
  batch_size        = 10
}
