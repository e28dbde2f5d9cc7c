"""Searches of MLflow's clients: by nbtrack's language, with MLflow's errors."""

from __future__ import annotations

from collections.abc import Sequence

from mlflow.exceptions import MlflowException
from mlflow.store.tracking import SEARCH_MAX_RESULTS_THRESHOLD
from mlflow.utils.search_utils import SearchExperimentsUtils, SearchUtils

from nbtrack.errors import QueryError
from nbtrack.integrations.mlflow.errors import invalid
from nbtrack.query.nodes import Expression, OrderBy
from nbtrack.query.parser import parse_order_by, parse_search


def run_search(text: str | None) -> Expression | None:
    """Return a search for runs.

    Raises
    ------
    mlflow.exceptions.MlflowException
        It cannot be understood; in MLflow's words, where MLflow does not understand it either.
    """
    try:
        return parse_search(text or "", plain_words=False)
    except QueryError as error:
        SearchUtils.parse_search_filter(text)
        raise invalid(str(error)) from error


def experiment_search(text: str | None) -> Expression | None:
    """Return a search for experiments; see `run_search`."""
    try:
        return parse_search(text or "", "experiment")
    except QueryError as error:
        SearchExperimentsUtils.parse_search_filter(text)
        raise invalid(str(error)) from error


def run_order(clauses: Sequence[str] | None) -> tuple[OrderBy, ...]:
    """Return sort keys for runs; see `run_search`."""
    order: list[OrderBy] = []
    for clause in clauses or ():
        try:
            order.extend(parse_order_by(clause))
        except QueryError as error:
            SearchUtils.parse_order_by_for_search_runs(clause)
            raise invalid(str(error)) from error
    named = [term.identifier for term in order]
    if len(set(named)) < len(named):
        raise MlflowException(f"`order_by` contains duplicate fields: {list(clauses or ())}")
    return tuple(order)


def experiment_order(clauses: Sequence[str] | None) -> list[tuple[str, bool]]:
    """Return sort keys for experiments, each with whether it ascends."""
    order = []
    for clause in clauses or ("creation_time DESC", "experiment_id ASC"):
        kind, key, ascending = SearchExperimentsUtils.parse_order_by_for_search_experiments(clause)
        if kind != "attribute":
            raise invalid(f"Invalid order_by entity: {kind}")
        order.append((key, ascending))
    return order


def check_max_results(max_results: int | None, *, may_be_none: bool = False) -> None:
    """Refuse a number of results that no page may have."""
    if max_results is None and may_be_none:
        return
    if max_results is None or max_results < 1:
        raise invalid(
            f"Invalid value {max_results} for parameter 'max_results' supplied. "
            "It must be a positive integer"
        )
    if max_results > SEARCH_MAX_RESULTS_THRESHOLD:
        raise invalid(
            f"Invalid value {max_results} for parameter 'max_results' supplied. "
            f"It must be at most {SEARCH_MAX_RESULTS_THRESHOLD}"
        )
