"""AWS Key Management Service: keys that never leave it, and what is done with them.

In: requests, and tables that are to be sealed. Out: ciphertexts, signatures, data keys.
Always holds: key material is stored only wrapped by the root key of the node; a ciphertext is opened with its context
or not at all; when a key's state changes, the tables under it change in the same commit.
Must not know: how tables are sealed, sockets, who may do what.
"""
