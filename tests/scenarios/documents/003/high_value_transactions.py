# Add items with conditional high_value_flag
def add_transaction(account_id, transaction_id, amount):
    item = {
        'account_id': account_id,
        'transaction_id': transaction_id,
        'amount': amount,
        'timestamp': datetime.now().isoformat()
    }
    
    # Only set high_value_flag for large transactions
    if amount > 10000:
        item['high_value_flag'] = 'YES'
    
    table.put_item(Item=item)

# Query high-value transactions
response = table.query(
    IndexName='HighValueTransactionsIndex',
    KeyConditionExpression='high_value_flag = :flag',
    ExpressionAttributeValues={':flag': 'YES'},
    ScanIndexForward=False  # Descending order by amount
)
