#!/bin/sh
# Make the function's package, dynamodb_streams.zip, which streams.tf uploads.
set -eu
cd "$(dirname "$0")"
rm -f dynamodb_streams.zip
python3 -m zipfile -c dynamodb_streams.zip lambda/index.py
