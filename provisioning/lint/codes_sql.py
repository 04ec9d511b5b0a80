"""K5xx: what is said about the SQL of panels. From K511 on a server is asked."""

from provisioning.lint.code import Code

SQL = (
    Code(
        "K501",
        "Not one reading statement",
        "A panel sends one SELECT, or WITH … SELECT. It changes nothing, locks no rows, and ends where it ends.",
        "WITH gone AS (DELETE FROM payment_metrics RETURNING 1) SELECT count(*) FROM gone",
        "Keep one SELECT per file.",
    ),
    Code(
        "K502",
        "A macro that Grafana cannot fill in",
        "Grafana's PostgreSQL data source knows a fixed set of macros. A macro ends at the first closing parenthesis, "
        "so that its arguments cannot hold any.",
        "WHERE $__timeFilter(date_trunc('day', payment_date))",
        "Use a macro of the data source, over a plain column.",
    ),
    Code(
        "K503",
        "A variable that breaks when all values are chosen",
        "'All' stands for the pattern .* on these boards. Only as a regular expression within quotes does a variable "
        "work for one value, for several, and for all.",
        "WHERE currency IN ($currency)",
        "Write: currency ~ '^(${currency:regex})$'",
    ),
    Code(
        "K504",
        "A time series out of order",
        "Grafana needs time series sorted by time, the oldest first. It draws zigzags otherwise, or refuses the "
        "result.",
        "ORDER BY time DESC",
        "End the statement with ORDER BY time.",
    ),
    Code(
        "K505",
        "The statement ignores the chosen time",
        "The reader chooses a time range, and this panel shows the same rows for all of them.",
        "SELECT count(*) FROM payment_metrics",
        "Filter by $__timeFilter(column), or say in an exception which time the panel shows.",
        severity="notice",
    ),
    Code(
        "K506",
        "A table without a limit",
        "The statement returns every row that it finds. Browsers get slow beyond a few hundred.",
        "SELECT name FROM story_performance_metrics ORDER BY view_count DESC",
        "Add LIMIT.",
        severity="notice",
    ),
    Code(
        "K511",
        "The server refuses the statement",
        "The statement was sent to a PostgreSQL with the contract tables, to be planned and not run, and came back "
        "with this error.",
        "SELECT payment_amont FROM payment_metrics",
        "Mend the statement at the line that the message names. Missing tables are created by kpi migrate, or stood in "
        "for by a view that kpi check prints.",
    ),
    Code(
        "K512",
        "The result lacks a column that the panel shows",
        "The panel sets the look of a column, or lays out a grid by it, and the statement does not return it. Names "
        "are compared letter by letter.",
        'table(sql(…), columns=[Column("revenue")]) over SELECT sum(payment_amount) AS total …',
        "Name the column in the statement with AS, or mend the name in the panel.",
    ),
    Code(
        "K513",
        "A time series without time",
        "The first column of a time series is called time and is a timestamp, or the seconds since 1970 that "
        "$__timeGroupAlias gives; at least one of the others is a number.",
        "SELECT payment_date AS day, payment_amount FROM payment_metrics ORDER BY 1",
        'Name the first column "time", and cast it to timestamptz.',
    ),
)
