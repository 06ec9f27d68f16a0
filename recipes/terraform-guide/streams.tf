# DynamoDB table with streams
resource "aws_dynamodb_table" "streams_table" {
  name         = "streams-table"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

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

# What the function may do: write its logs, read the stream
resource "aws_iam_role" "lambda_role" {
  name = "dynamodb-streams-processor"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Action    = "sts:AssumeRole"
        Principal = { Service = "lambda.amazonaws.com" }
      }
    ]
  })
}

resource "aws_iam_role_policy_attachment" "lambda_role" {
  role       = aws_iam_role.lambda_role.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaDynamoDBExecutionRole"
}

# Lambda function for DynamoDB streams; package.sh makes the file
resource "aws_lambda_function" "dynamodb_streams" {
  filename         = "${path.module}/dynamodb_streams.zip"
  source_code_hash = filebase64sha256("${path.module}/dynamodb_streams.zip")
  function_name    = "dynamodb-streams-processor"
  role             = aws_iam_role.lambda_role.arn
  handler          = "index.handler"
  runtime          = var.lambda_runtime
  timeout          = 300

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

  depends_on = [aws_iam_role_policy_attachment.lambda_role]
}
