"""Alarms: from datapoints to a state, from a change of state to history and actions.

In: definitions as the API has them, measurements, the region's clock. Out: states that follow it, minute by minute.
Always holds: a change of state and its history are one commit; actions come after it.
Must not know: how measurements are made, what the targets of actions do.
"""
