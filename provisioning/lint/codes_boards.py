"""K4xx: what is said about boards, and about what would keep Grafana from loading them."""

from provisioning.lint.code import Code

BOARDS = (
    Code(
        "K401",
        "A uid that Grafana refuses",
        "The uid is the address of the board. It has 1 to 40 letters, digits, hyphens or underscores; Grafana refuses "
        "others, and with them the load of the folder.",
        'uid="conversion funnel"',
        "Use lower-case words with hyphens, such as conversion-funnel.",
    ),
    Code(
        "K402",
        "Two boards with the same uid",
        "One uid that occurs twice freezes the provider: Grafana stops updating all of its boards and says so only in "
        "its log. Capitals do not tell uids apart, neither in file names nor in every database of Grafana.",
        "Two boards with uid='orders'.",
        "Give one of them another uid.",
    ),
    Code(
        "K403",
        "Two boards with the same title in one folder",
        "As with uids, the same title twice in a folder freezes the provider. Capitals do not tell titles apart.",
        "Commerce / Orders and Commerce / orders",
        "Give one of them another name.",
    ),
    Code(
        "K404",
        "A title that is not 'Area / Name'",
        "The area is the folder, and both stand in the title. Each is a short text without a slash, and without spaces "
        "at its ends; both together have at most 60 characters. 'General' is Grafana's own folder and cannot be used.",
        'area="Commerce/EU"',
        "Choose a plain area and name.",
    ),
    Code(
        "K405",
        "A board without a description",
        "The description stands in the search and in the handbook.",
        'description=""',
        "Say in a sentence what the board shows, and to whom.",
    ),
    Code(
        "K406",
        "A board without questions",
        "The questions that a board answers decide what belongs on it. The handbook lists them.",
        "questions=()",
        "Write down at least one question.",
    ),
    Code(
        "K407",
        "The board above does not exist",
        "Each board links up to another one, the overview unless it says otherwise.",
        'up="overwiew"',
        'Use the uid of a board, or up="" for a board at the top.',
    ),
    Code(
        "K408",
        "Refreshes too often",
        "A board asks anew every 30 seconds at most: its numbers change no faster, and each wall screen multiplies the "
        "load. The text is a duration such as 30s or 5m, or empty for never.",
        'refresh="5s"',
        'Use "30s" or longer.',
    ),
    Code(
        "K409",
        "A time range that Grafana cannot read",
        "The board opens with the time from now-RANGE to now. RANGE is a number and one of s, m, h, d, w, M, y.",
        'time="30 days"',
        'Write "30d".',
    ),
    Code(
        "K410",
        "A tag that does not fit",
        "Tags are lower-case words with hyphens, each named once. The tags kpi, generated and that of the area are "
        "added by themselves.",
        'tags=("KPI", "Money Matters")',
        'Write it as "money-matters", or take it out.',
    ),
    Code(
        "K411",
        "A variable that no metric carries",
        "The board offers to choose by a label that no metric on it has, so that the choice is left out.",
        'variables=("warehouse",)',
        "Take the variable out, or show a metric that carries the label.",
    ),
    Code(
        "K412",
        "Two folders share one name on disk",
        "Boards are written to a folder per area, named in lower case with hyphens. Two areas that differ only in "
        "capitals, spaces or signs would be written into the same place, with one provider each.",
        "App Performance and App-Performance",
        "Write the area the same way on all boards.",
    ),
    Code(
        "K413",
        "The query of a variable cannot be read",
        "A variable lists the values of a label: `label_values(selector, label)`.",
        "label_values(currency)",
        "Name a series and one of its labels.",
    ),
    Code(
        "K414",
        "A variable lists a label that the series does not carry",
        "The list stays empty, and with it the board.",
        "label_values(kpi_conversion_ratio, currency)",
        "Use a series that carries the label.",
    ),
    Code(
        "K415",
        "A board with very many panels",
        "More than 40 open panels load slowly, and nobody reads them. Panels in folded sections do not count: they ask "
        "nothing until somebody opens the section.",
        "A board of 60 panels in one section.",
        "Fold the details, or give them a board of their own.",
        severity="notice",
    ),
    Code(
        "K416",
        "A board that opens without a number",
        "A board begins with the few numbers that matter, then shows their course, then the detail.",
        "A board whose first row holds two trends.",
        "Begin with a row of `stat` or `dial` panels.",
        severity="notice",
    ),
    Code(
        "K417",
        "A board that cannot be drawn",
        "The board holds something that the kit cannot turn into Grafana's JSON, such as a value of another type than "
        "the field wants.",
        'Panel("stat", …, steps=("red",))',
        "Use the functions of the vocabulary, which refuse such values where they are written.",
    ),
)
