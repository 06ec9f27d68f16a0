variable "table_name" {
  description = "Name of the table, the same in every region."
  type        = string
  default     = "GlobalUserProfiles"
}

variable "primary_region" {
  description = "Where the table is made."
  type        = string
  default     = "us-east-1"
}

variable "secondary_region" {
  description = "Where it has a replica."
  type        = string
  default     = "eu-west-1"
}

variable "tertiary_region" {
  description = "Where it has another one."
  type        = string
  default     = "ap-northeast-1"
}

variable "billing_mode" {
  description = "The provider cannot scale the writes of a table with replicas before it has them: on demand only."
  type        = string
  default     = "PAY_PER_REQUEST"

  validation {
    condition     = var.billing_mode == "PAY_PER_REQUEST"
    error_message = "billing_mode has to be PAY_PER_REQUEST."
  }
}

variable "lambda_runtime" {
  description = "What the function runs on."
  type        = string
  default     = "python3.12"
}
