"""Slices that pick nothing are warned of: at run time they do nothing, so nobody would hear of it there."""

import clspec

TEXT = """clspec 1
stream t = split(classes=10, experiences=5)
model M {
    input features(4)
    head c = incremental()
    when experience 1 { freeze c[40] }
    when experience 3.. { freeze c[0] }
    when new_class { freeze c[-1] }
    freeze c[3]
    freeze c[:-1]
}
"""


def test_an_index_that_is_never_in_range_is_a_warning() -> None:
    spec = clspec.parse_string(TEXT)
    found = clspec.check(spec)
    assert [(each.severity, each.span.line, each.span.text) for each in found] == [
        ("warning", 6, "c[40]"),
        ("warning", 9, "c[3]"),
    ]
    clspec.compile(spec)  # a warning stops nothing


def test_an_index_that_comes_into_range_later_is_none() -> None:
    assert clspec.check(clspec.parse_string(TEXT.replace("c[40]", "c[0]").replace("    freeze c[3]\n", ""))) == []


def test_nothing_is_said_where_no_stream_tells() -> None:
    text = TEXT.replace("stream t = split(classes=10, experiences=5)\n", "").replace("    freeze c[3]\n", "")
    assert clspec.check(clspec.parse_string(text)) == []


def test_the_command_line_tells_it_and_ends_well(tmp_path, capsys) -> None:
    from clspec.cli import main

    (tmp_path / "m.clspec").write_text(TEXT)
    try:
        main(["check", str(tmp_path / "m.clspec"), "--output-format", "concise"])
    except SystemExit as ended:
        assert not ended.code
    assert capsys.readouterr().out.count("warning[CL403]") == 2
