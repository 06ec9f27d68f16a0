# Run cleanup script
./scripts/destroy.sh

# Follow prompts for confirmation
# Script will remove all resources in proper order
