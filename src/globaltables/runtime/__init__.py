"""The only door to time and chance: clocks, the hybrid logical clock, random identifiers, named tasks.

In: the operating system's clock and entropy, or a test's. Out: `Clock`, `HybridLogicalClock`, `Randomness`, `Tasks`.
Always holds: with a virtual clock and seeded randomness a run repeats to the byte.
"""
