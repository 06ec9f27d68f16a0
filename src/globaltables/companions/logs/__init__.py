"""CloudWatch Logs: groups, streams, events, and what is made of events: metrics, calls of functions, queries.

In: events with their times. Out: events in order, by stream or over a whole group, filtered.
Always holds: what was accepted is durable and found until its retention is over, then it is gone.
Must not know: how other services work; metrics go to the region's measurements, functions are called by their API.
"""
