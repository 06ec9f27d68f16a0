"""The tables of one region, found by name or by number."""

from collections.abc import Iterable

from globaltables.tables.definitions import Table


class Catalog:
    """Every table of a region; changed only in the region's commit loop.

    A table with replicas in other accounts is also found under its group and its name, as each of them is.

    Args:
        tables: what was stored.
        last_number: the highest table number ever given, which may be that of a table that is gone.
    """

    def __init__(self, tables: Iterable[Table] = (), last_number: int = 0) -> None:
        self._by_name: dict[tuple[str, str], Table] = {}
        self._by_number: dict[int, Table] = {}
        self._sorted: dict[str, list[Table]] = {}
        self._last_number = last_number
        for table in tables:
            self.put(table)

    @property
    def last_number(self) -> int:
        """The highest table number that was ever given."""
        return self._last_number

    def find(self, account: str, name: str) -> Table | None:
        """Return an account's table of that name, or that of a group."""
        return self._by_name.get((account, name))

    def by_number(self, number: int) -> Table | None:
        """Return the table of that number."""
        return self._by_number.get(number)

    def list(self, account: str) -> list[Table]:
        """Return an account's tables, sorted by name; the caller must not change the list."""
        tables = self._sorted.get(account)
        if tables is None:
            found = [table for (owner, _), table in self._by_name.items() if owner == account]
            tables = self._sorted[account] = sorted(found, key=lambda table: table.name)
        return tables

    def tables(self) -> Iterable[Table]:
        """Return the tables of every account, in the order of their creation."""
        return sorted(self._by_number.values(), key=lambda table: table.number)

    def put(self, table: Table) -> None:
        """Add a table, or replace the definition of the one with its number.

        Raises:
            AssertionError: another table of the account has the name.
        """
        key = (table.account, table.name)
        replaced = self._by_name.get(key)
        assert replaced is None or replaced.number == table.number, key
        if replaced is not None:
            self._by_name.pop((replaced.group, table.name), None)
        self._by_name[key] = table
        if table.group:
            self._by_name[table.group, table.name] = table
        self._by_number[table.number] = table
        self._last_number = max(self._last_number, table.number)
        self._sorted.pop(table.account, None)

    def remove(self, table: Table) -> None:
        """Forget a table; its number is never given again."""
        del self._by_name[table.account, table.name]
        self._by_name.pop((table.group, table.name), None)
        del self._by_number[table.number]
        self._sorted.pop(table.account, None)

    def next_number(self) -> int:
        """Return a number that no table of this region ever had."""
        self._last_number += 1
        return self._last_number
