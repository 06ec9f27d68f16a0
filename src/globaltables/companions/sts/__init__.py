"""AWS Security Token Service: who a caller is, and temporary credentials.

In: requests as the model has them, with their caller. Out: identities and sealed session tokens.
Always holds: nothing is stored; a session lasts until its end on the clock, or until its role or user is gone.
Must not know: where users and roles are stored: IAM is asked.
"""
