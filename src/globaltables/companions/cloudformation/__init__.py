"""AWS CloudFormation: stacks of resources that are made, changed and removed by the services' own APIs.

In: templates with parameters. Out: resources, their events, outputs and exports.
Always holds: what a stack is about to do is recorded before it is done, so that a stop of the process interrupts
nothing for good; a type that is not known fails the stack with its name.
Must not know: how a service keeps what it makes; it is called like by any client.
"""
