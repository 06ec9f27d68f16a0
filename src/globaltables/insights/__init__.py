"""Which keys are accessed and throttled most: counted by the minute in sketches, and reported as CloudWatch does.

What is counted: developer guide, contributorinsights_HowItWorks. An access weighs 3 x its write units + its read units;
a throttled request counts one. An item that is read or written counts for its partition key and, where there is a sort
key, for the pair; a Query counts once, for its partition key. What is counted is kept in memory for three hours.
"""
