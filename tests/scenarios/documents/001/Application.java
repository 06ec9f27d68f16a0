import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.*;

DynamoDbClient client = DynamoDbClient.create();

// Put item
PutItemRequest putRequest = PutItemRequest.builder()
    .tableName("myapp-prod-MainTable")
    .item(Map.of(
        "PK", AttributeValue.builder().s("USER#12345").build(),
        "SK", AttributeValue.builder().s("PROFILE").build(),
        "name", AttributeValue.builder().s("John Doe").build()
    ))
    .build();

client.putItem(putRequest);
