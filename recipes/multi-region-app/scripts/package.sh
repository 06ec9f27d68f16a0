#!/bin/sh
# Make the function's package for Terraform: terraform/region/processor.zip.
set -eu
cd "$(dirname "$0")/.."
rm -f terraform/region/processor.zip
python3 -m zipfile -c terraform/region/processor.zip lambda/index.py
