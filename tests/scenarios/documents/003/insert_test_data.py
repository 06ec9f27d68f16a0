import boto3
from datetime import datetime

dynamodb = boto3.resource('dynamodb', region_name='us-east-1')
table = dynamodb.Table('transactions-global-STUDENTID')

# Insert test transaction
table.put_item(Item={
    'account_id': 'ACC001',
    'transaction_id': 'TXN001',
    'amount': 1000.00,
    'timestamp': datetime.now().isoformat(),
    'type': 'deposit'
})
