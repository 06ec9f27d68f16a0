# Application code using DAX
import amazondax

# DAX client endpoint
endpoint = "transactions-dax-STUDENTID.111222.dax-clusters.us-east-1.amazonaws.com:8111"

dax_client = amazondax.AmazonDaxClient(
    endpoints=[endpoint],
    region_name='us-east-1'
)

# Read from DAX (cached)
response = dax_client.get_item(
    TableName='transactions-global-STUDENTID',
    Key={
        'account_id': {'S': 'ACC001'},
        'transaction_id': {'S': 'TXN001'}
    }
)
