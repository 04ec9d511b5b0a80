from provisioning.lint import Finding


def test_finding_reads_as_code_place_and_message() -> None:
    finding = Finding("K203", "Commerce / Revenue › Revenue (30 d)", "kpi_sales_amount has no label 'x'.")
    assert str(finding) == "K203 Commerce / Revenue › Revenue (30 d): kpi_sales_amount has no label 'x'."


def test_findings_are_sorted_by_code_then_by_place() -> None:
    found = [Finding("K203", "b", "m"), Finding("K102", "c", "m"), Finding("K203", "a", "m")]
    assert [(one.code, one.place) for one in sorted(found)] == [("K102", "c"), ("K203", "a"), ("K203", "b")]
