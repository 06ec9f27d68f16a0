"""Queries of Logs Insights: fields, filter, parse, stats, sort, limit.

In: the text of a query, and events. Out: rows of fields with their values, as texts.
Always holds: what is not known is refused by name.
Must not know: groups, requests.

Source: CloudWatch Logs user guide, CloudWatch Logs Insights language query syntax.
"""
