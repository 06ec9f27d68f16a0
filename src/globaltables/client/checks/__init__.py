"""Checks of a deployed global table, region by region, over AWS's API: on this product's endpoint or on AWS itself.

What is looked at is what the assessment "Global Tables & Enterprise Features" asks of a deployment: replicas, keys,
recovery, backups and their schedule, indexes, insights, alarms, exports, policies, a cache, a trail, tags.
"""
