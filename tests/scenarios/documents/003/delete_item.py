table.delete_item(Key={'account_id': 'ACC001', 'transaction_id': 'TXN001'})
