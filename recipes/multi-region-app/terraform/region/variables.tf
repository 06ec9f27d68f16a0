variable "table_name" {
  description = "Name of the table that has a replica here."
  type        = string
}

variable "lambda_runtime" {
  description = "What the function runs on."
  type        = string
}
