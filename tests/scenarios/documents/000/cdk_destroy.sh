# Destroy the stack
cdk destroy

# Confirm deletion when prompted
