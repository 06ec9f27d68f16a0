# A global table with replicas in three regions, and in each of them a function that works on the replica there.

terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}

provider "aws" {
  region = var.primary_region
}

provider "aws" {
  alias  = "secondary"
  region = var.secondary_region
}

provider "aws" {
  alias  = "tertiary"
  region = var.tertiary_region
}

resource "aws_dynamodb_table" "profiles" {
  name         = var.table_name
  billing_mode = var.billing_mode
  hash_key     = "UserId"

  attribute {
    name = "UserId"
    type = "S"
  }

  attribute {
    name = "Email"
    type = "S"
  }

  global_secondary_index {
    name            = "EmailIndex"
    hash_key        = "Email"
    projection_type = "ALL"
  }

  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"

  point_in_time_recovery {
    enabled = true
  }

  dynamic "replica" {
    for_each = [var.secondary_region, var.tertiary_region]
    content {
      region_name            = replica.value
      point_in_time_recovery = true
      propagate_tags         = true
    }
  }

  tags = {
    Application = "multi-region-app"
  }
}

module "primary" {
  source         = "./region"
  table_name     = aws_dynamodb_table.profiles.name
  lambda_runtime = var.lambda_runtime
}

module "secondary" {
  source         = "./region"
  table_name     = aws_dynamodb_table.profiles.name
  lambda_runtime = var.lambda_runtime
  providers      = { aws = aws.secondary }
}

module "tertiary" {
  source         = "./region"
  table_name     = aws_dynamodb_table.profiles.name
  lambda_runtime = var.lambda_runtime
  providers      = { aws = aws.tertiary }
}

resource "aws_cloudwatch_metric_alarm" "replication_latency" {
  for_each = toset([var.secondary_region, var.tertiary_region])

  alarm_name          = "${var.table_name}-replication-latency-${each.value}"
  alarm_description   = "Writes need more than 10 s to ${each.value}."
  namespace           = "AWS/DynamoDB"
  metric_name         = "ReplicationLatency"
  statistic           = "Average"
  period              = 60
  evaluation_periods  = 3
  threshold           = 10000
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"

  dimensions = {
    TableName       = aws_dynamodb_table.profiles.name
    ReceivingRegion = each.value
  }
}

resource "aws_cloudwatch_dashboard" "profiles" {
  dashboard_name = "GlobalTable-${var.table_name}"

  dashboard_body = jsonencode({
    widgets = [
      {
        type = "metric", x = 0, y = 0, width = 12, height = 6
        properties = {
          title  = "Capacity"
          region = var.primary_region
          stat   = "Sum"
          period = 300
          metrics = [
            for metric in ["ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"] :
            ["AWS/DynamoDB", metric, "TableName", var.table_name]
          ]
        }
      },
      {
        type = "metric", x = 12, y = 0, width = 12, height = 6
        properties = {
          title  = "Replication latency"
          region = var.primary_region
          stat   = "Average"
          period = 60
          metrics = [
            for region in [var.secondary_region, var.tertiary_region] :
            ["AWS/DynamoDB", "ReplicationLatency", "TableName", var.table_name, "ReceivingRegion", region]
          ]
        }
      },
    ]
  })
}
