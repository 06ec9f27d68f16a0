# CloudWatch alarm for DynamoDB throttling
resource "aws_cloudwatch_metric_alarm" "dynamodb_throttling" {
  alarm_name          = "DynamoDBThrottlingAlarm"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = "2"
  metric_name         = "ThrottledRequests"
  namespace           = "AWS/DynamoDB"
  period              = "300"
  statistic           = "Sum"
  threshold           = "10"
  alarm_description   = "This metric monitors DynamoDB throttling"

  dimensions = {
    TableName = aws_dynamodb_table.main.name
  }

  tags = {
    Name        = "DynamoDB Throttling Alarm"
    Environment = "production"
  }
}
