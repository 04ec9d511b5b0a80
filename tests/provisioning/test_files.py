"""Writing built files: what changes on the disk, what is left alone, and what is refused."""

import os
from pathlib import Path

import pytest

from provisioning.errors import BuildError
from provisioning.files import LIST, Tree, changes, diff, write

A, B = "boards/a.json", "boards/b.json"


def files_in(root: Path) -> dict[str, str]:
    return {str(path.relative_to(root)): path.read_text() for path in root.rglob("*") if path.is_file()}


def verbs(tree: Tree) -> dict[str, str]:
    return {str(change.path.relative_to(tree.root)): change.verb for change in changes(tree)}


def test_first_build_writes_all_files_and_the_list_of_them(tmp_path: Path) -> None:
    write(Tree(tmp_path / "new", {A: "a\n", B: "ü\n"}))
    found = files_in(tmp_path / "new")
    listed = [line for line in found.pop(LIST).splitlines() if not line.startswith("#")]
    assert found == {A: "a\n", B: "ü\n"}
    assert listed == [A, B]


def test_second_build_touches_only_what_differs(tmp_path: Path) -> None:
    write(Tree(tmp_path, {A: "a\n", B: "b\n"}))
    for path in tmp_path.rglob("*.*"):
        os.utime(path, (1, 1))
    tree = Tree(tmp_path, {A: "a\n", B: "new\n"})
    assert verbs(tree) == {B: "change"}
    write(tree)
    touched = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*") if path.stat().st_mtime > 1}
    assert touched == {B}
    assert changes(tree) == []


def test_files_can_be_read_by_other_users(tmp_path: Path) -> None:
    old = os.umask(0o022)
    try:
        write(Tree(tmp_path, {A: "a\n"}))
    finally:
        os.umask(old)
    assert (tmp_path / A).stat().st_mode & 0o777 == 0o644


def test_file_that_is_no_longer_built_goes_with_its_empty_folder(tmp_path: Path) -> None:
    write(Tree(tmp_path, {A: "a\n", "other/c.json": "c\n"}))
    tree = Tree(tmp_path, {A: "a\n"})
    assert verbs(tree) == {"other/c.json": "remove", LIST: "change"}
    write(tree)
    assert files_in(tmp_path).keys() == {A, LIST}
    assert not (tmp_path / "other").exists()


def test_foreign_file_is_never_removed_and_keeps_its_folder(tmp_path: Path) -> None:
    write(Tree(tmp_path, {A: "a\n"}))
    (tmp_path / "boards" / "mine.json").write_text("mine\n")
    write(Tree(tmp_path, {}))
    assert files_in(tmp_path).keys() == {"boards/mine.json", LIST}


def test_foreign_file_in_the_way_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "boards").mkdir()
    (tmp_path / B).write_text("mine\n")
    tree = Tree(tmp_path, {A: "a\n", B: "b\n"})
    with pytest.raises(BuildError) as refused:
        write(tree)
    assert refused.value.problems == [
        f"{tmp_path / B} was not written by 'kpi build': move it away, or build into another folder"
    ]
    assert files_in(tmp_path) == {B: "mine\n"}


def test_file_in_the_way_that_is_just_what_would_be_built_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / "boards").mkdir()
    (tmp_path / A).write_text("a\n")
    write(Tree(tmp_path, {A: "a\n"}))
    write(Tree(tmp_path, {A: "new\n"}))
    assert (tmp_path / A).read_text() == "new\n"


def test_built_file_that_somebody_edited_is_written_anew(tmp_path: Path) -> None:
    write(Tree(tmp_path, {A: "a\n"}))
    (tmp_path / A).write_text("edited\n")
    write(Tree(tmp_path, {A: "a\n"}))
    assert (tmp_path / A).read_text() == "a\n"


def test_build_of_one_part_leaves_the_other_parts_alone(tmp_path: Path) -> None:
    write(Tree(tmp_path, {A: "a\n", "maps/c.yaml": "c\n"}))
    write(Tree(tmp_path, {B: "b\n"}, ("boards/",)))
    assert files_in(tmp_path).keys() == {B, "maps/c.yaml", LIST}
    write(Tree(tmp_path, {}, ("maps/",)))  # its list still knows all
    assert files_in(tmp_path).keys() == {B, LIST}


@pytest.mark.parametrize("name", ["../outside", "{root}/outside", "boards/../../outside"])
def test_list_that_names_a_file_outside_removes_nothing(name: str, tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("mine\n")
    root = tmp_path / "built"
    write(Tree(root, {A: "a\n"}))
    with (root / LIST).open("a") as listing:
        listing.write(name.format(root=tmp_path) + "\n")
    write(Tree(root, {}))
    assert (tmp_path / "outside").exists()


def test_folder_where_a_file_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / A).mkdir(parents=True)
    with pytest.raises(BuildError, match=f"could not read {tmp_path / A}: Is a directory"):
        changes(Tree(tmp_path, {A: "a\n"}))


def test_file_where_a_folder_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "boards").write_text("mine\n")
    with pytest.raises(BuildError, match=f"could not read {tmp_path / A}: Not a directory"):
        write(Tree(tmp_path, {A: "a\n"}))


def test_build_that_was_interrupted_is_ended_by_the_next_one(tmp_path: Path) -> None:
    tree = Tree(tmp_path, {A: "a\n", "z/c.json": "c\n"})
    blocker = tmp_path / "z" / f".c.json.{os.getpid()}.tmp"
    blocker.mkdir(parents=True)  # the second file cannot be written
    with pytest.raises(BuildError, match=r"could not write .*: Is a directory"):
        write(tree)
    assert (tmp_path / A).read_text() == "a\n"
    blocker.rmdir()
    newer = Tree(tmp_path, {A: "newer\n", "z/c.json": "c\n"})
    write(newer)  # and takes the half that is there for its own
    assert changes(newer) == []


class TestDiff:
    def test_it_names_the_file_and_shows_both_sides(self, tmp_path: Path) -> None:
        write(Tree(tmp_path, {A: "one\ntwo\n"}))
        (change,) = changes(Tree(tmp_path, {A: "one\n2\n"}))
        assert diff(change) == [f"--- {tmp_path / A}", f"+++ {tmp_path / A}", "@@ -1,2 +1,2 @@", " one", "-two", "+2"]

    def test_new_and_left_over_files_are_compared_with_nothing(self, tmp_path: Path) -> None:
        write(Tree(tmp_path, {A: "a\n"}))
        gone, new, _ = changes(Tree(tmp_path, {B: "b\n"}))
        assert diff(gone) == [f"--- {tmp_path / A}", "+++ /dev/null", "@@ -1 +0,0 @@", "-a"]
        assert diff(new) == ["--- /dev/null", f"+++ {tmp_path / B}", "@@ -0,0 +1 @@", "+b"]

    def test_a_long_one_is_cut_and_says_by_how_much(self, tmp_path: Path) -> None:
        (change, _) = changes(Tree(tmp_path, {A: "line\n" * 157}))
        shown = diff(change, most=40)
        assert len(shown) == 41
        assert shown[-1] == "… and 120 more lines"
