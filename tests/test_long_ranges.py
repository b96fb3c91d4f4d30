"""Many classes that follow each other are kept as a range. Nothing but what it takes may tell."""

from __future__ import annotations

from itertools import chain

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import clspec
from clspec import Experience
from clspec.cli import main
from clspec.experience import LONG, class_ids, read_experience
from clspec.growth import Rows, Timeline
from clspec.growth.known import Known

SPEC = """clspec 1
stream all = split(classes=100_000_000, experiences=100)
model Faces {
    input features(512)
    head classifier = incremental(bias=false)
    freeze classifier[:-1]
    require parameters <= 51_200_000_000 over all
}
"""
ranges = st.builds(lambda start, length: range(start, start + length), st.integers(0, 60), st.integers(1, 30))
classes = st.lists(ranges, min_size=1, max_size=3).map(lambda parts: sorted(set(chain.from_iterable(parts))))
streams = st.lists(st.one_of(ranges, classes), max_size=6)


def told(rows: Rows, asked: range) -> dict[str, object]:
    missing = rows.new(asked)
    return {
        "generations": [list(generation) for generation in rows.generations],
        "classes": rows.classes,
        "count": rows.class_count,
        "columns": rows.columns,
        "answering": rows.answering,
        "width": (rows.width, rows.width_with(asked)),
        "new": list(missing),
        "alignable": rows.alignable,
        "in order": rows.in_order,
        "json": rows.to_json(),
    }


def lived(stream, initial, compact, asked, long):
    with pytest.MonkeyPatch.context() as patch:
        for module in ("clspec.experience", "clspec.growth.known", "clspec.growth.rows"):
            patch.setattr(f"{module}.LONG", long)
        rows, timeline, known = Rows.unclaimed(initial, compact), Timeline(), Known()
        said: list[object] = []
        kept = [(rows, told(rows, asked))]
        for number, each in enumerate(stream):
            arrival = read_experience(Experience(each, [number % 2]))
            moment = timeline.meet(arrival, per_task=bool(number % 3))
            timeline.remember(moment)
            rows, expansion = rows.expand(arrival.classes)
            known = known.also(arrival.classes)
            said += [moment.new_classes, expansion and expansion.words(), told(rows, asked), timeline.to_json()]
            said += [list(known), list(known.places()), [known.place(number) for number in asked], len(known)]
            again = Rows.from_json(rows.to_json(), compact)
            assert again.generations == rows.generations and told(again, asked) == told(rows, asked)
            kept.append((rows, told(rows, asked)))
        assert all(told(before, asked) == what for before, what in kept)  # growing changed nothing that was there
    return said


@given(streams, st.integers(0, 5), st.booleans(), ranges)
def test_rows_and_memory_are_the_same_whatever_is_kept_as_a_range(stream, initial, compact, asked):
    assert lived(stream, initial, compact, asked, 3) == lived(stream, initial, compact, asked, 10**9)


def test_equal_ids_are_equal_objects():
    ids = range(5, 5 + LONG)
    for same in (ids, list(ids), tuple(ids), reversed(ids)):
        assert read_experience(Experience(same)).classes == ids
    assert class_ids([2, 1]) == (2, 1) and class_ids(range(3)) == (0, 1, 2)
    holey = [*ids, ids[-1] + 2]
    assert class_ids(holey) == tuple(holey)


def test_a_head_of_ranges_is_what_was_forecast_and_is_saved():
    spec = clspec.parse_string("clspec 1\nmodel N { input features(2)\n head h = incremental() }")
    stream = [Experience(range(1500)), Experience([3, 5000, 5001]), Experience(range(1000, 3000))]
    model = clspec.compile(spec, seed=0)
    for experience, row in zip(stream, clspec.simulate(spec, stream).rows, strict=True):
        report = model.adaptation(experience)
        assert report.changes == row.changes
        assert model.describe() == row.states
        assert model(torch.zeros(1, 2)).shape == (1, row.widths["h"])
    fresh = clspec.compile(spec)
    fresh.load_state_dict(model.state_dict())
    assert fresh.describe() == model.describe() and fresh.class_map() == model.class_map()
    assert torch.equal(fresh(torch.ones(3, 2)), model(torch.ones(3, 2)))
    assert [c for _, _, c, _ in model.class_map()] == [*range(1500), 5000, 5001, *range(1500, 3000)]


def test_a_hundred_million_classes_are_ranges_all_the_way():
    spec = clspec.parse_string(SPEC)
    assert clspec.check(spec) == []
    table = clspec.simulate(spec)
    last = table.rows[-1]
    assert (last.parameters, last.trainable) == (51_200_000_000, 51_200_000_000)
    assert (last.memory, last.widths) == (204_800_000_000, {"classifier": 100_000_000})
    generations = last.states["classifier"].rows
    assert generations is not None and all(isinstance(each, range) for each in generations)
    handed_in = clspec.simulate(spec, [Experience(range(10**8))]).rows[0]
    assert handed_in.parameters == last.parameters


@pytest.mark.parametrize("command", ["simulate", "plan", "check"])
def test_a_table_names_few_of_a_hundred_million(command, tmp_path, capsys):
    (tmp_path / "m.clspec").write_text(SPEC)
    with pytest.raises(SystemExit) as ended:
        main([command, str(tmp_path / "m.clspec")])
    said = capsys.readouterr().out
    assert ended.value.code == 0 and len(said) < 50_000
    assert command != "simulate" or "99000000, 99000001 ... 99999998, 99999999" in said


def test_pictures_and_json_name_every_class_so_these_have_a_bound(tmp_path, capsys):
    (tmp_path / "m.clspec").write_text(SPEC)
    with pytest.raises(clspec.SpecError, match="CL504"):
        clspec.render(tmp_path / "m.clspec", view="evolution")
    with pytest.raises(SystemExit) as ended:
        main(["simulate", str(tmp_path / "m.clspec"), "--json"])
    assert ended.value.code == 2 and "100,000,000 are too many" in capsys.readouterr().err
