"""The model registry as Python sees it: ``nbtrack.registry``, or ``Store.registry``."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from nbtrack.errors import InvalidValueError, NotFoundError, UnpicklingWarning
from nbtrack.model import ModelStage, ModelVersion, RegisteredModel
from nbtrack.model_files.folder import FILES, load_model
from nbtrack.model_files.libraries import FORMATS
from nbtrack.model_registry.download import download_version
from nbtrack.model_registry.origins import new_version
from nbtrack.query.models import models_condition
from nbtrack.store import registry as rows
from nbtrack.store import registry_reading as reading
from nbtrack.store.artifacts import ArtifactStore
from nbtrack.store.engine import Database
from nbtrack.store.reader import resolve_run_id
from nbtrack.store.registry_rows import check_stage, check_version

_MLFLOW = "mlflow"


class Registry:
    """Registered models: a name, numbered versions, their stages and aliases.

    ``nbtrack.registry`` is that of this kernel's store, `Store.registry` that of another.

    Parameters
    ----------
    database : callable
        Gives the store's database.
    artifacts : callable
        Gives the store's artifacts.

    Examples
    --------
    >>> import nbtrack
    >>> from sklearn.linear_model import LinearRegression
    >>> store = nbtrack.connect("experiments.db")
    >>> with store.start_run() as run:
    ...     store.log_model(LinearRegression().fit([[0.0], [1.0]], [0.0, 2.0]), "model")
    >>> version = store.registry.register("slope", run.run_id)
    >>> store.registry.set_alias("slope", "champion", version.version)
    >>> store.registry.version("slope", alias="champion").version
    1
    """

    def __init__(
        self, database: Callable[[], Database], artifacts: Callable[[], ArtifactStore]
    ) -> None:
        self._database = database
        self._artifacts = artifacts

    def __repr__(self) -> str:
        return f"<Registry of {self._database().name}>"

    def register(
        self,
        name: str,
        run: object,
        path: str | None = None,
        *,
        description: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> ModelVersion:
        """Register a model that a run has logged, as the next version of `name`.

        Parameters
        ----------
        name : str
            Of the registered model, which is made when there is none.
        run : Run, RunInfo or str
            The run, or its id, which may be shortened to at least 4 digits.
        path : str, optional
            Folder of the model among the run's artifacts; its only model when not given.
        description : str, optional
            The run's own when not given.

        Raises
        ------
        InvalidKeyError
            The name may not name a model.
        NotFoundError
            There is no such run or artifact.
        InvalidValueError
            The run has no model or several, and no path is given.
        """
        database = self._database()
        run_id = resolve_run_id(database, str(getattr(run, "run_id", run)))
        told = new_version(database, self._artifacts(), run_id, path, description=description)
        number = rows.add_version(database, name, rows.with_tags(told, tags))
        return reading.read_version(database, name, number)

    def create(
        self,
        name: str,
        *,
        description: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> RegisteredModel:
        """Create a registered model without versions.

        Raises
        ------
        InvalidKeyError
            The name may not name a model.
        InvalidValueError
            There is one of that name.
        """
        rows.create_model(self._database(), name, description=description, tags=tags)
        return self.get(name)

    def get(self, name: str) -> RegisteredModel:
        """Return a registered model.

        Raises
        ------
        NotFoundError
            There is none of that name.
        """
        return reading.read_model(self._database(), name)

    def search(
        self, where: str | None = None, *, deleted: bool = False, limit: int | None = None
    ) -> list[RegisteredModel]:
        """Return registered models, sorted by name.

        Parameters
        ----------
        where : str, optional
            ``name LIKE 'churn%' AND tags.task = 'tabular'``, or plain words, each of which occurs
            in the name, the description or a tag.
        deleted : bool
            Those marked as deleted instead of the others.

        Raises
        ------
        QueryError
            `where` cannot be understood.
        """
        database = self._database()
        condition = models_condition(where, database.dialect)
        return reading.read_models(database, condition, deleted=deleted, limit=limit)

    def versions(self, name: str, *, deleted: bool = False) -> list[ModelVersion]:
        """Return the versions of a model, the newest first.

        Raises
        ------
        NotFoundError
            There is no such model.
        """
        database = self._database()
        reading.read_model(database, name)
        return reading.read_versions(database, name=name, deleted=deleted)

    def version(
        self,
        name: str,
        version: int | None = None,
        *,
        stage: str | None = None,
        alias: str | None = None,
    ) -> ModelVersion:
        """Return one version: that number, the newest in a stage, or what an alias stands for.

        With none of them it is the newest of all.

        Raises
        ------
        NotFoundError
            There is no such model or version.
        InvalidValueError
            Several of them are given.
        """
        database = self._database()
        if sum(each is not None for each in (version, stage, alias)) > 1:
            raise InvalidValueError(
                "Several of version, stage and alias are given.", hint="Give one of them."
            )
        if version is not None:
            return reading.read_version(database, name, version)
        if alias is not None:
            return reading.version_of_alias(database, name, alias)
        stages = tuple(ModelStage) if stage is None else (check_stage(stage),)
        found = reading.latest_versions(database, name, stages)
        if not found:
            where = "" if stage is None else f" in stage {stages[0]}"
            raise NotFoundError(
                f"The model {name!r} has no version{where}.",
                hint="Register one, or move one there with registry.set_stage.",
            )
        return found[-1]

    def set_stage(
        self,
        name: str,
        version: int,
        stage: str | None,
        *,
        archive_others: bool = False,
        expected: str | None = None,
    ) -> ModelVersion:
        """Move a version to None, Staging, Production or Archived.

        Parameters
        ----------
        archive_others : bool
            Move the other versions that stand there to Archived.
        expected : str, optional
            The stage in which it stands as you know; else nothing is done.

        Raises
        ------
        NotFoundError
            There is no such version.
        ConflictError
            It does not stand where it was expected: somebody has moved it.
        """
        database, number = self._database(), check_version(version)
        rows.set_version_stage(
            database,
            name,
            number,
            check_stage(stage),
            archive_others=archive_others,
            expected=None if expected is None else check_stage(expected),
        )
        return reading.read_version(database, name, number)

    def set_alias(self, name: str, alias: str, version: int) -> None:
        """Let an alias stand for a version, and for no other one of that model.

        Raises
        ------
        InvalidKeyError
            It may not be an alias.
        NotFoundError
            There is no such version.
        """
        rows.set_alias(self._database(), name, alias, check_version(version))

    def delete_alias(self, name: str, alias: str) -> None:
        """Remove an alias; one that is not there changes nothing."""
        rows.delete_alias(self._database(), name, alias)

    def set_tags(
        self, name: str, tags: Mapping[str, str | None], *, version: int | None = None
    ) -> None:
        """Set tags of a model or of one of its versions; None removes one."""
        rows.set_model_tags(self._database(), name, tags, version=version)

    def set_description(
        self, name: str, description: str | None, *, version: int | None = None
    ) -> None:
        """Set the description of a model or of one of its versions, in Markdown."""
        rows.set_model_description(self._database(), name, description, version=version)

    def rename(self, name: str, new_name: str) -> None:
        """Give a model another name.

        Raises
        ------
        NotFoundError
            There is no such model.
        InvalidValueError
            There is one of the new name.
        """
        rows.rename_model(self._database(), name, new_name)

    def delete(self, name: str, version: int | None = None) -> None:
        """Mark a model, or one version, as deleted; `restore` takes that back.

        The number of a version is not given again. Files stay until the run is cleared.

        Raises
        ------
        NotFoundError
            There is no such model or version.
        UserError
            A version stands in Staging or Production: move it to Archived first.
        """
        if version is None:
            rows.delete_model(self._database(), name)
        else:
            rows.delete_version(self._database(), name, check_version(version))

    def restore(self, name: str, version: int | None = None) -> None:
        """Take the deletion mark off a model, or off one version.

        Raises
        ------
        NotFoundError
            Nothing of that name or number is deleted.
        InvalidValueError
            There is another model of that name by now.
        """
        if version is None:
            rows.restore_model(self._database(), name)
        else:
            rows.restore_version(self._database(), name, check_version(version))

    def download(
        self,
        name: str,
        folder: str | Path,
        version: int | None = None,
        *,
        stage: str | None = None,
        alias: str | None = None,
    ) -> Path:
        """Write the files of a version into a folder, which is made; return it.

        Raises
        ------
        NotFoundError
            There is no such model or version.
        ArtifactError
            The files are gone, or are not what was logged.
        """
        found = self.version(name, version, stage=stage, alias=alias)
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        download_version(self._database(), self._artifacts(), found, target)
        return target

    def load(
        self,
        name: str,
        version: int | None = None,
        *,
        stage: str | None = None,
        alias: str | None = None,
        into: Any = None,
    ) -> Any:
        """Load a version with the library that saved it.

        Parameters
        ----------
        into : torch.nn.Module, optional
            Of PyTorch only the weights are kept: the module that gets them. Without it, they are
            returned as a dict.

        Returns
        -------
        object
            The model. LightGBM's wrappers come back as its ``Booster``.

        Raises
        ------
        NotFoundError
            There is no such model or version.
        ArtifactError
            Its files are gone, or are not what was logged.
        InvalidValueError
            The library is not installed, or cannot load it.

        Warns
        -----
        UnpicklingWarning
            Loading it runs what its author has put into it.
        """
        found = self.version(name, version, stage=stage, alias=alias)
        _warn_of_pickle(found)
        with TemporaryDirectory(prefix="nbtrack-") as made:
            folder = Path(made)
            download_version(self._database(), self._artifacts(), found, folder)
            loaded = load_model(folder)
        if into is None:
            return loaded
        into.load_state_dict(loaded)
        return into


def unpickles(version: ModelVersion) -> bool:
    """Return whether loading a version may run code that is hidden in its files."""
    name = version.library.get("format")
    known = FORMATS.get(str(name))
    return name in {_MLFLOW, FILES} if known is None else known.unpickles


def _warn_of_pickle(version: ModelVersion) -> None:
    if unpickles(version):
        author = f" by {version.user_id}" if version.user_id else ""
        run = f" from run {version.run_id[:8]}" if version.run_id else ""
        warnings.warn(
            f"Loading version {version.version} of {version.name!r} unpickles it, which runs "
            f"whatever code was put into it (registered{author}{run}). Load only models of people "
            "you trust.",
            UnpicklingWarning,
            stacklevel=3,
        )
