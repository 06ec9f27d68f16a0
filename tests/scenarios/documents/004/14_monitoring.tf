# CloudWatch log group for DynamoDB
resource "aws_cloudwatch_log_group" "dynamodb_logs" {
  name              = "/aws/dynamodb/tables"
  retention_in_days = 30

  tags = {
    Name        = "DynamoDB Logs"
    Environment = "production"
  }
}

# CloudWatch metric filter for DynamoDB
resource "aws_cloudwatch_log_metric_filter" "dynamodb_usage" {
  name           = "DynamoDBUsage"
  log_group_name = aws_cloudwatch_log_group.dynamodb_logs.name
  pattern        = "[timestamp, request_id, event_name=\"PutItem\", ...]"

  metric_transformation {
    name      = "DynamoDBUsage"
    namespace = "DynamoDB/Usage"
    value     = "1"
  }
}

# CloudWatch alarm for DynamoDB
resource "aws_cloudwatch_metric_alarm" "dynamodb_alarm" {
  alarm_name          = "DynamoDBAlarm"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = "2"
  metric_name         = "ConsumedReadCapacityUnits"
  namespace           = "AWS/DynamoDB"
  period              = "300"
  statistic           = "Sum"
  threshold           = "1000"
  alarm_description   = "This metric monitors DynamoDB read capacity"

  dimensions = {
    TableName = aws_dynamodb_table.main.name
  }

  tags = {
    Name        = "DynamoDB Alarm"
    Environment = "production"
  }
}
