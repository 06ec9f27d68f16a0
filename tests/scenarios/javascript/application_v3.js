// Document 001's Node.js snippet as version 3 of the SDK writes it.
const { DynamoDBClient } = require("@aws-sdk/client-dynamodb");
const { DynamoDBDocumentClient, PutCommand, QueryCommand } = require("@aws-sdk/lib-dynamodb");

const dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient({}));

await dynamodb.send(new PutCommand({
    TableName: 'myapp-prod-MainTable',
    Item: {
        PK: 'USER#12345',
        SK: 'PROFILE',
        name: 'John Doe',
        email: 'john@example.com'
    }
}));

const result = await dynamodb.send(new QueryCommand({
    TableName: 'myapp-prod-MainTable',
    KeyConditionExpression: 'PK = :pk',
    ExpressionAttributeValues: {
        ':pk': 'USER#12345'
    }
}));
