"""Regions in other processes as peers: the verbs of `Peer` as HTTP requests with MessagePack bodies.

One request for each verb, to /peer/<version>/<verb>; a feed that has nothing to tell is held open for a while. The
version in the path is that of everything in wire.py: a node that speaks another one is refused by name, and its links
wait until it is brought up to date.
"""
