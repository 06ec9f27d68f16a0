"""Amazon EventBridge: buses, rules with patterns and schedules, targets.

In: events, of clients, of other services, and of the region's clock. Out: deliveries (`companions.deliveries`), staged
with what caused them. A rule fires once for each time that it is due, in order, also when the clock was advanced; what
was missed while nothing ran is made up for, as far as a day back.
"""
