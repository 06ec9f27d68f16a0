import boto3
import os
from datetime import datetime

dynamodb = boto3.client('dynamodb')
table_name = os.environ['TABLE_NAME']

def lambda_handler(event, context):
    """Create daily backup of DynamoDB table"""
    
    timestamp = datetime.now().strftime('%Y%m%d-%H%M%S')
    backup_name = f"{table_name}-daily-backup-{timestamp}"
    
    try:
        response = dynamodb.create_backup(
            TableName=table_name,
            BackupName=backup_name
        )
        
        backup_arn = response['BackupDetails']['BackupArn']
        print(f"Backup created successfully: {backup_arn}")
        
        # Delete old backups (keep last 7 days)
        cleanup_old_backups(table_name)
        
        return {
            'statusCode': 200,
            'body': f'Backup created: {backup_name}'
        }
    except Exception as e:
        print(f"Error creating backup: {e}")
        raise

def cleanup_old_backups(table_name):
    """Delete backups older than 7 days"""
    try:
        backups = dynamodb.list_backups(
            TableName=table_name,
            TimeRangeLowerBound=datetime(2020, 1, 1),
            TimeRangeUpperBound=datetime.now()
        )
        
        backup_list = backups.get('BackupSummaries', [])
        
        for backup in backup_list:
            backup_age_days = (datetime.now() - backup['BackupCreationDateTime'].replace(tzinfo=None)).days
            
            if backup_age_days > 7:
                backup_arn = backup['BackupArn']
                dynamodb.delete_backup(BackupArn=backup_arn)
                print(f"Deleted old backup: {backup['BackupName']}")
                
    except Exception as e:
        print(f"Error cleaning up backups: {e}")
