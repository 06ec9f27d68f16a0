"""globaltables: Amazon DynamoDB with Global Tables on your own machines."""

__version__ = "0.1.0"
