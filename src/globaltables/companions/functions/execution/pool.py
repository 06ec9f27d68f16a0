"""The environments of a region: which work, which wait, how many there may be."""

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field

from globaltables.companions.functions.execution.environment import Environment
from globaltables.companions.functions.execution.invocation import Invocation, Outcome
from globaltables.foundation.limits import LAMBDA_ENVIRONMENT_AGE_MS_MAX, LAMBDA_IDLE_MS_MAX
from globaltables.runtime.clock import Clock

#: Makes an environment that was not started yet.
Make = Callable[[], Awaitable[Environment]]


@dataclass(slots=True, eq=False)
class _Member:
    environment: Environment
    key: Hashable
    made_ms: int
    used_ms: int


@dataclass(slots=True)
class Pool:
    """Environments by what they run.

    The one that worked last works next, so that those that are not needed stand idle and end.

    Args:
        clock: of the region.

    Attributes:
        members: all of them, working or not.
    """

    clock: Clock
    members: set[_Member] = field(default_factory=set)
    _idle: dict[Hashable, list[_Member]] = field(default_factory=dict)

    async def run(self, key: Hashable, make: Make, invocation: Invocation) -> Outcome:
        """Run an invocation in an environment that waits for one, or in a new one.

        Args:
            key: what the environment runs: the same for all that may do each other's work.
            make: makes a new one.
            invocation: what is to be done.
        """
        member = await self._taken(key)
        if member is None:
            member = self._joined(key, await make())
        try:
            outcome = await member.environment.invoke(invocation)
        except BaseException:
            await self._end(member)
            raise
        if member.environment.ended or member not in self.members or self._is_aged(member):
            await self._end(member)
        else:
            self._rest(member)
        return outcome

    async def retire(self, is_old: Callable[[Hashable], bool]) -> None:
        """End the environments that wait and are of no use any more; those that work end after it."""
        for key in [key for key in self._idle if is_old(key)]:
            for member in self._idle.pop(key):
                await self._end(member)
        for member in [member for member in self.members if is_old(member.key)]:
            member.made_ms = 0

    async def end_idle(self) -> int | None:
        """End what has waited long enough, and return when to look again; None when nothing waits."""
        now_ms = self.clock.now_ms()
        for key, members in list(self._idle.items()):
            kept = [one for one in members if now_ms - one.used_ms < LAMBDA_IDLE_MS_MAX]
            old = [one for one in members if one not in kept]
            if kept:
                self._idle[key] = kept
            else:
                del self._idle[key]
            for member in old:
                await self._end(member)
        waiting = [one.used_ms for members in self._idle.values() for one in members]
        return min(waiting) + LAMBDA_IDLE_MS_MAX if waiting else None

    async def close(self) -> None:
        """End everything, also what works."""
        self._idle.clear()
        for member in list(self.members):
            await self._end(member)

    async def _taken(self, key: Hashable) -> _Member | None:
        while members := self._idle.get(key):
            member = members.pop()
            if not members:
                del self._idle[key]
            if not member.environment.ended and not self._is_aged(member):
                return member
            await self._end(member)
        return None

    def _joined(self, key: Hashable, environment: Environment) -> _Member:
        now_ms = self.clock.now_ms()
        member = _Member(environment, key, now_ms, now_ms)
        self.members.add(member)
        return member

    def _rest(self, member: _Member) -> None:
        member.used_ms = self.clock.now_ms()
        self._idle.setdefault(member.key, []).append(member)

    async def _end(self, member: _Member) -> None:
        self.members.discard(member)
        await member.environment.close()

    def _is_aged(self, member: _Member) -> bool:
        return self.clock.now_ms() - member.made_ms > LAMBDA_ENVIRONMENT_AGE_MS_MAX
