output "table_name" {
  description = "Name of the table in every region."
  value       = aws_dynamodb_table.profiles.name
}

output "table_arn" {
  description = "ARN in the primary region."
  value       = aws_dynamodb_table.profiles.arn
}

output "functions" {
  description = "Name of the function by region."
  value = {
    (var.primary_region)   = module.primary.function_name
    (var.secondary_region) = module.secondary.function_name
    (var.tertiary_region)  = module.tertiary.function_name
  }
}
