const AWS = require('aws-sdk');
const dynamodb = new AWS.DynamoDB.DocumentClient();

// Put item
const putParams = {
    TableName: 'myapp-prod-MainTable',
    Item: {
        PK: 'USER#12345',
        SK: 'PROFILE',
        name: 'John Doe',
        email: 'john@example.com'
    }
};

await dynamodb.put(putParams).promise();

// Query
const queryParams = {
    TableName: 'myapp-prod-MainTable',
    KeyConditionExpression: 'PK = :pk',
    ExpressionAttributeValues: {
        ':pk': 'USER#12345'
    }
};

const result = await dynamodb.query(queryParams).promise();
