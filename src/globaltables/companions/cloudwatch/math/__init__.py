"""Metric math: expressions over time series.

In: the text of an expression, and the series that it names. Out: a number, a series or several.
Always holds: what is not known is refused by name; nothing is guessed.
Must not know: where series are stored, requests, alarms.

Source: CloudWatch user guide, Using metric math.
"""
