output "table_arns" {
  description = "ARNs of the guide's main tables."
  value = {
    main       = aws_dynamodb_table.main.arn
    advanced   = aws_dynamodb_table.advanced.arn
    encrypted  = aws_dynamodb_table.encrypted.arn
    replicated = aws_dynamodb_table.replicated.arn
  }
}

output "stream_arn" {
  description = "What the function reads."
  value       = aws_dynamodb_table.streams_table.stream_arn
}
