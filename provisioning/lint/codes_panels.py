"""K3xx: what is said about panels."""

from provisioning.lint.code import Code

PANELS = (
    Code(
        "K301",
        "A panel without a title",
        "The title says what one looks at, and panel links, alerts and the handbook name the panel by it.",
        'stat(REVENUE, title=" ")',
        "Give the panel a title, or leave it out, so that the name of the metric becomes the title.",
    ),
    Code(
        "K302",
        "A panel without a description",
        "The description stands behind the small i of the panel: what the number means, how it is computed, and who "
        "answers for it.",
        'trend(promql("…"), title="Revenue", description=" ")',
        "Write a sentence or two, or leave the description out, so that it comes from the metric.",
    ),
    Code(
        "K303",
        "A title that is too long",
        "Grafana cuts titles at the edge of the panel: more than 40 characters are rarely seen whole, and never on a "
        "phone.",
        'stat(REVENUE, title="Revenue from completed payments of the last thirty days")',
        "Say the rest in the description.",
    ),
    Code(
        "K304",
        "Two panels share an id",
        "The id of a panel is a checksum over the titles of its section and of itself, so that links stay when panels "
        "come and go. By chance two titles have the same one; Grafana then shows and links only one of them properly. "
        "Headings of sections have ids as well.",
        "Two panels called 'plumless' and 'buckeroo' in one section.",
        "Give one of them another title.",
    ),
    Code(
        "K305",
        "A panel that asks nothing",
        "A panel without a query says 'no data' for ever; a text panel without a text is blank.",
        'text("", title="About")',
        "Give the panel a query or a text, or take it out.",
    ),
    Code(
        "K306",
        "More than 26 queries in one panel",
        "Queries are named A to Z. Those beyond are left out without a word, and nobody reads that many lines.",
        "A trend of 30 expressions.",
        "Ask by a label with 'by' in one query, or spread the queries over several panels.",
    ),
    Code(
        "K307",
        "The query does not fit the kind of panel",
        "Lines over time need every step of the range; a table, a ring or bars show one moment, so that a query over "
        "the whole range costs much, and shows a row per step. A table needs the shape 'table', a heat map of a "
        "histogram the shape 'heatmap', all else 'time_series'.",
        'A trend of Promql("up", instant=True).',
        "Use the function of the vocabulary that fits, such as `stat` for one moment and `trend` for a course.",
    ),
    Code(
        "K308",
        "A panel without a unit",
        "Without a unit nobody knows whether 0.3 is a third of a second or of the users.",
        'trend(promql("…"), title="Delay", description="…")',
        "Say which metric the query shows with `of=`, or give the panel a unit.",
    ),
    Code(
        "K309",
        "An unknown unit",
        "Grafana shows an id that it does not know as it stands behind each number. The linter knows the ids that "
        "boards here use, those of currencies, and ids that begin with 'suffix:' and the like.",
        'stat(REVENUE, unit="dollars")',
        "Use one of metrics.Unit, or a known id. Other ids of Grafana are added in provisioning/lint/grafana_units.py.",
    ),
    Code(
        "K310",
        "The unit does not fit the value",
        "The unit of an expression follows from the units of its metrics and the functions around them: seconds stay "
        "seconds, a rate is per second, a moment is shown from milliseconds. The panel says otherwise, so that its "
        "numbers are wrong by a factor, or mean something else.",
        'stat(CONVERSION, unit="s")',
        "Leave the unit to the metric, or mend the expression. Do not scale: Grafana turns seconds into milliseconds.",
    ),
    Code(
        "K311",
        "Series that cannot be told apart",
        "The expression yields a series for each value of a label, but the legend does not show the label, or two "
        "queries have the same legend. Several lines then have the same name.",
        'trend(promql("sum by (currency) (…)", legend="Revenue"))',
        "Show the label in the legend, as in {{currency}}, sum over it, or choose one value of it by '='.",
    ),
    Code(
        "K312",
        "A query without a legend",
        "Where names are shown, a series without a legend is called by its whole expression.",
        'trend(promql("sum(…)"))',
        "Give the query a legend.",
    ),
    Code(
        "K313",
        "An amount that does not say its currency",
        "Amounts of several currencies stand in one panel; the sign beside each number follows from the currency in "
        "the name of the series. Without it the reader sees 1,200 and does not know of what.",
        'stat(REVENUE, where={"currency": "EUR"}, title="Revenue", unit="short")',
        "Keep {{currency}} in the legend, or write the code of the currency into legend or title, or give the unit.",
    ),
    Code(
        "K314",
        "A link to a board that does not exist",
        "The reader who wants to know more lands on an error page.",
        'stat(REVENUE, to="revenu")',
        "Use the uid of a board, or take the link out.",
    ),
    Code(
        "K315",
        "Levels out of order",
        "Levels must begin without a value and rise from there; Grafana colours by the last level that it passes.",
        'steps=(Step(None, "green"), Step(0.2, "red"), Step(0.1, "yellow"))',
        "Sort the levels by their values.",
    ),
    Code(
        "K316",
        "A scale without room",
        "The minimum of the scale is not below its maximum, so that nothing can be drawn between them.",
        "trend(CONVERSION, minimum=1, maximum=0)",
        "Exchange the two, or leave one of them out.",
    ),
    Code(
        "K317",
        "A text that is no duration",
        "The least step of the queries ('interval') and the range of a single panel ('time') are a number with a unit, "
        "such as 30s, 5m or 90d. Grafana falls back to its own otherwise, and lines show holes.",
        'trend(CONVERSION, interval="5 minutes")',
        "Write it as 5m.",
    ),
    Code(
        "K318",
        "An exception without a reason",
        "An exception is written beside the panel or the alert rule with its reason, so that the next reader can judge "
        "whether it still holds.",
        'ignore={"K308": ""}',
        "Write the reason, or delete the exception.",
    ),
    Code(
        "K319",
        "An exception for an unknown code",
        "No rule has this code, so that the exception does nothing; usually it is a typing error.",
        'ignore={"K3008": "a plain number"}',
        "Use a code of docs/lint.md.",
    ),
    Code(
        "K320",
        "An exception that hides nothing",
        "The rule of this code has nothing to say here. The exception would hide the next fault, which nobody has "
        "judged.",
        'ignore={"K308": "a plain number"} on a panel that has a unit.',
        "Delete the exception.",
    ),
    Code(
        "K321",
        "The board has no such variable",
        "Grafana leaves a variable that it does not know as it stands, and the query finds nothing. A board has the "
        "variables of its sources, those that every board offers where its metrics carry the label, and its own.",
        'up{job="$jobs"}',
        "Add the label to the board's variables, or mend the name.",
    ),
    Code(
        "K322",
        "A column that the table does not have",
        "The look of the column is set, but no column of the result has this name, so that it never shows. A column of "
        "values is called by the title of its metric, one of labels by the label in words.",
        'table(REVENUE, columns=[Column("revenue")])',
        "Use the name as the table shows it.",
    ),
)
