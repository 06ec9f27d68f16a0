"""Filter patterns of CloudWatch Logs: terms, JSON conditions, and fields between spaces.

In: the text of a pattern, and messages. Out: whether a message fits, and the values that the pattern names.
Must not know: groups, metrics.

Source: CloudWatch Logs user guide, Filter pattern syntax.
"""
