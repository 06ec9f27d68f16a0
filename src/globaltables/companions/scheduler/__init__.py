"""Amazon EventBridge Scheduler: schedules in groups, each with one target, which may be any operation of a service.

In: schedules, and the region's clock. Out: deliveries (`companions.deliveries`), staged with what is kept of a
schedule's progress. A schedule is done once for each of its times, in order, also when the clock was advanced; what was
missed while nothing ran is made up for, as far as a day back.
"""
