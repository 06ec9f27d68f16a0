import boto3
from boto3.dynamodb.conditions import Key

dynamodb = boto3.resource('dynamodb')
table = dynamodb.Table('myapp-prod-MainTable')

# Put item
table.put_item(
    Item={
        'PK': 'USER#12345',
        'SK': 'PROFILE',
        'name': 'John Doe',
        'email': 'john@example.com'
    }
)

# Get item
response = table.get_item(
    Key={
        'PK': 'USER#12345',
        'SK': 'PROFILE'
    }
)

# Query with GSI
response = table.query(
    IndexName='GSI1',
    KeyConditionExpression=Key('GSI1PK').eq('USER#EMAIL')
)
