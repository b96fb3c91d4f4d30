"""Hypothesis strategies: streams of experiences as they come in the world, tidy or not."""

from __future__ import annotations

from hypothesis import strategies as st

from clspec.experience import Experience

CLASSES = st.integers(0, 11)
TASKS = st.integers(0, 4)


@st.composite
def experiences(draw) -> Experience:
    """Some classes or none at all, of one task or several, which share the classes or divide them; numbered or not."""
    tasks = draw(st.lists(TASKS, min_size=1, max_size=3, unique=True))
    classes = draw(st.none() | st.lists(CLASSES, max_size=5))
    index = draw(st.none() | st.integers(0, 7))
    by_task = None
    if classes is not None and draw(st.booleans()):
        owners = [draw(st.lists(st.sampled_from(tasks), min_size=1, max_size=2)) for _ in classes]
        by_task = {task: [c for c, own in zip(classes, owners, strict=True) if task in own] for task in tasks}
        if draw(st.booleans()):
            by_task = {task: ids for task, ids in by_task.items() if ids}
    return Experience(classes, tasks, index, by_task)


@st.composite
def streams(draw) -> list[Experience]:
    """Any experiences in any order; some come twice, as the same object or as an equal one."""
    stream = draw(st.lists(experiences(), min_size=1, max_size=6))
    again = draw(st.lists(st.integers(0, len(stream) - 1), max_size=2))
    for place in again:
        old = stream[place]
        copy = Experience(old.classes, old.task_labels, old.index, old.classes_by_task)
        stream.insert(place + 1, draw(st.sampled_from([old, copy])))
    return stream
