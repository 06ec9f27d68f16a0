"""Words of PartiQL that are no names unless they stand in double quotes.

Source: SQL-92's reserved words and those that PartiQL adds (partiql.org, "Appendix: Keywords").
"""

_SQL92 = """
absolute action add all allocate alter and any are as asc assertion at authorization avg begin between bit bit_length
by cascade cascaded case cast catalog char character character_length char_length check close coalesce collate
collation column commit connect connection constraint constraints continue convert corresponding count create cross
current current_date current_time current_timestamp current_user cursor date date_add date_diff deallocate dec decimal
declare default deferrable deferred delete desc describe descriptor diagnostics disconnect distinct domain double drop
else end escape except exception exec execute exists external extract false fetch first float for foreign found from
full get global go goto grant group having identity immediate in indicator initially inner input insensitive insert int
integer intersect interval into is isolation join key language last left level like local lower match max min module
names national natural nchar next no not null nullif numeric octet_length of on only open option or order outer output
overlaps pad partial position precision prepare preserve primary prior privileges procedure public read real references
relative restrict revoke right rollback rows schema scroll section select session session_user set size smallint some
space sql sqlcode sqlerror sqlstate substring sum system_user table temporary then time timestamp to transaction
translate translation trim true union unique unknown update upper usage user using value values varchar varying view
when whenever where with work write zone
"""

_PARTIQL = """
missing pivot unpivot limit tuple remove index let smallint integer2 int2 integer4 int4 integer8 int8 bigint conflict
do nothing returning modified new old bool boolean string symbol clob blob struct list sexp bag
"""

_FUNCTIONS = """
exists count avg max min sum substring char_length character_length octet_length bit_length upper lower size nullif
coalesce sexp list bag
"""

_TYPES = """
missing null boolean bool smallint integer2 int2 integer4 int4 integer8 int8 bigint integer int float real decimal dec
numeric timestamp date time character char varchar string symbol clob blob struct tuple list sexp bag any
"""

KEYWORDS = frozenset((_SQL92 + _PARTIQL).split())
#: Those of them that are operators.
OPERATOR_WORDS = frozenset(
    ("and", "or", "not", "is", "in", "between", "like", "union", "except", "intersect")
)
#: Those of them that may be called as a function.
FUNCTION_WORDS = frozenset(_FUNCTIONS.split())
#: Words that stand after IS.
TYPE_WORDS = frozenset(_TYPES.split())
