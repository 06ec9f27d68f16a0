import boto3
import concurrent.futures
import time

def write_item(i):
    table.put_item(
        Item={
            'PK': f'TEST#{i}',
            'SK': 'DATA',
            'timestamp': int(time.time()),
            'data': f'test-data-{i}'
        }
    )

# Concurrent writes
with concurrent.futures.ThreadPoolExecutor(max_workers=10) as executor:
    futures = [executor.submit(write_item, i) for i in range(1000)]
    concurrent.futures.wait(futures)
