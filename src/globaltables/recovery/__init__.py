"""Going back: point-in-time recovery from the change log, backups, and restores of both.

The history is the log itself. The state at a time is today's with every later change taken back.
"""
