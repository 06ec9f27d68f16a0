variable "table_name" {
  description = "Name of the custom table."
  type        = string
  default     = "custom-table"
}

variable "billing_mode" {
  description = "PAY_PER_REQUEST or PROVISIONED."
  type        = string
  default     = "PAY_PER_REQUEST"
}

variable "read_capacity" {
  description = "Units of a provisioned table."
  type        = number
  default     = null
}

variable "write_capacity" {
  description = "Units of a provisioned table."
  type        = number
  default     = null
}

variable "hash_key" {
  description = "Partition key."
  type        = string
  default     = "id"
}

variable "range_key" {
  description = "Sort key."
  type        = string
  default     = "timestamp"
}

variable "attributes" {
  description = "Every attribute that is a key of the table or of an index."
  type        = list(object({ name = string, type = string }))
  default = [
    { name = "id", type = "S" },
    { name = "timestamp", type = "N" },
    { name = "category", type = "S" },
    { name = "status", type = "S" },
  ]
}

variable "global_secondary_indexes" {
  description = "Indexes with keys of their own."
  type = list(object({
    name            = string
    hash_key        = string
    range_key       = optional(string)
    projection_type = optional(string, "ALL")
    read_capacity   = optional(number)
    write_capacity  = optional(number)
  }))
  default = [{ name = "CategoryIndex", hash_key = "category", range_key = "timestamp" }]
}

variable "local_secondary_indexes" {
  description = "Indexes with another sort key."
  type = list(object({
    name            = string
    range_key       = string
    projection_type = optional(string, "ALL")
  }))
  default = [{ name = "StatusIndex", range_key = "status" }]
}

variable "common_tags" {
  description = "Tags of the custom table beside its name."
  type        = map(string)
  default     = { Environment = "production" }
}

variable "lambda_runtime" {
  description = "The guide has python3.9, which AWS no longer takes for new functions."
  type        = string
  default     = "python3.12"
}

variable "replica_regions" {
  description = "Where the replicated table has replicas beside us-east-1."
  type        = set(string)
  default     = ["us-west-2", "eu-west-1"]
}
