"""How long a page takes from an action of the user until the answer is painted."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

TIME = """async ([act, isDone, argument, limit]) => {
  const perform = eval(act);
  const answered = eval(isDone);
  const painted = () => new Promise((done) =>
    requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))));
  await painted();
  const begun = performance.now();
  perform(argument);
  while (!answered(argument)) {
    if (performance.now() - begun > limit) return null;
    await new Promise(requestAnimationFrame);
  }
  return (await painted()) - begun;
}"""


def milliseconds(
    page: Page, act: str, is_done: str, argument: Any = None, *, limit: float = 120_000.0
) -> float | None:
    """Return the time from an action to its painted answer, or None beyond the limit.

    Parameters
    ----------
    act, is_done : str
        JavaScript functions of `argument`: the action, and whether its answer is in the page.
    limit : float
        Milliseconds.
    """
    answer: float | None = page.evaluate(TIME, [act, is_done, argument, limit])
    return answer
