"""What a run keeps as files: artifacts, figures, tables, text and data sets."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from nbtrack.errors import ArtifactError, InvalidValueError
from nbtrack.recording import content
from nbtrack.recording.checked import checked_path
from nbtrack.recording.kept_datasets import kept_dataset
from nbtrack.store.artifact_names import artifact_name, files_below
from nbtrack.store.values import check_key, check_text

if TYPE_CHECKING:
    from nbtrack.store.outbox import Record


class FileLogging(ABC):
    """The half of `Run` that turns objects into files with names."""

    run_id: str

    @abstractmethod
    def _put(self, name: str, data: Path | bytes) -> bool:
        """Store one file, and record it; return whether it could be stored."""

    @abstractmethod
    def _append(self, record: Record) -> None:
        """Append a record of what was logged."""

    @abstractmethod
    def _check_open(self) -> None:
        """Refuse what belongs to a run in progress, once it has ended."""

    @abstractmethod
    def _uri(self, path: str) -> str:
        """Return where an artifact is, without credentials."""

    def log_artifact(self, path: str | os.PathLike[str], to: str | None = None) -> None:
        """Copy a file into the run's artifacts.

        Parameters
        ----------
        path : str or path
            The file.
        to : str, optional
            Folder inside the run's artifacts.

        Raises
        ------
        ArtifactError
            The file does not exist or cannot be read, or `to` leaves the run's folder.
        """
        file = checked_path(path)
        if file.is_dir():
            self.log_artifacts(file, to=f"{to}/{file.name}" if to else file.name)
            return
        if not file.is_file():
            raise ArtifactError(
                f"There is no file {str(file)!r}.", hint="Write it before it is logged."
            )
        self._put(f"{to}/{file.name}" if to else file.name, file)

    def log_artifacts(self, folder: str | os.PathLike[str], to: str | None = None) -> None:
        """Copy all files of a folder into the run's artifacts, keeping their relative names.

        Raises
        ------
        ArtifactError
            The folder does not exist, a link leads out of it, or `to` leaves the run's folder.
        """
        root = checked_path(folder)
        if not root.is_dir():
            raise ArtifactError(f"There is no folder {str(root)!r}.", hint="Check its path.")
        found = files_below(root)
        named = [(artifact_name(f"{to}/{name}" if to else name), file) for file, name in found]
        for name, file in named:
            self._put(name, file)

    def log_text(self, text: str, name: str) -> None:
        """Keep text as the artifact `name`.

        Raises
        ------
        InvalidValueError
            It is no text.
        ArtifactError
            `name` leaves the run's folder.
        """
        if not isinstance(text, str):
            raise InvalidValueError(
                f"log_text got {type(text).__name__}.", hint="Give text, or use log_dict."
            )
        self._put(name, text.encode("utf-8", "replace"))

    def log_dict(self, obj: object, name: str) -> None:
        """Keep a dict or list as JSON, as the artifact `name`."""
        self._put(*content.json_content(obj, name))

    def log_figure(self, fig: object, name: str) -> None:
        """Keep a Matplotlib or Plotly figure as the artifact `name`.

        Parameters
        ----------
        fig : matplotlib.figure.Figure or plotly.graph_objects.Figure
            The figure.
        name : str
            Its suffix decides the format: ``.png`` (default), ``.svg``, ``.pdf`` for Matplotlib;
            ``.json`` (default), ``.html`` for Plotly.

        Raises
        ------
        InvalidValueError
            `fig` is of another kind.
        """
        self._put(*content.figure_content(fig, name))

    def log_table(self, df: object, name: str) -> None:
        """Keep a DataFrame (or what pandas can make one of) as Parquet, with a preview as CSV."""
        for part, data in content.table_contents(df, name):
            self._put(part, data)

    def log_model(
        self,
        model: object,
        name: str,
        schema: object = None,
        register: str | None = None,
        description: str | None = None,
        *,
        format: str | None = None,
    ) -> None:
        """Keep a model with the run, as the folder `name` among its artifacts.

        The library that made the model writes it. A file ``MLmodel`` beside it says which library
        that was, so that nbtrack and MLflow can load it.

        Parameters
        ----------
        model : object, or path
            Of scikit-learn, XGBoost, LightGBM, PyTorch (its state dict is kept) or ONNX; or the
            path of a file or folder with a model that you have saved yourself.
        name : str
            Folder inside the run's artifacts.
        schema : optional
            An example of the model's input (DataFrame or array), or of (input, output); a dict of
            column and type; or MLflow's signature.
        register : str, optional
            Name of a registered model, which gets a new version; it is made when there is none.
        description : str, optional
            Of that version; the run's own when not given.
        format : {"joblib", "skops"}, optional
            scikit-learn's models are kept by joblib when not given; joblib takes any object.

        Raises
        ------
        InvalidValueError
            The model is of a kind that nbtrack cannot save, or the schema is none.
        InvalidKeyError
            `register` may not name a model.
        ArtifactError
            `name` leaves the run's folder.

        Examples
        --------
        >>> import nbtrack
        >>> from sklearn.linear_model import LinearRegression
        >>> store = nbtrack.connect("experiments.db")
        >>> with store.start_run() as run:
        ...     model = LinearRegression().fit([[0.0], [1.0]], [0.0, 2.0])
        ...     run.log_model(model, "model", schema={"x": "double"}, register="line")
        >>> store.registry.version("line").library["format"]
        'joblib'
        """
        from nbtrack.model_files.folder import write_model
        from nbtrack.store.registry_rows import check_model_name

        self._check_open()
        path = artifact_name(name)
        if register is not None:
            check_model_name(register)
        if description is not None:
            check_text(description, "description")
        with TemporaryDirectory(prefix="nbtrack-") as made:
            folder = Path(made)
            given = checked_path(model) if isinstance(model, str | os.PathLike) else model
            described = write_model(given, folder, schema=schema, format=format, run_id=self.run_id)
            stored = [self._put(f"{path}/{part}", file) for file, part in files_below(folder)]
        if register is not None and all(stored):
            values = {
                "artifact_path": path,
                "source": self._uri(path),
                "description": description,
                "schema": described.schema,
                "library": described.library,
            }
            self._append({"op": "register", "name": register, "values": values})

    def log_dataset(
        self, data: object, name: str, context: str | None = None, keep: bool = False
    ) -> None:
        """Record which data the run uses.

        Parameters
        ----------
        data : DataFrame, array, or path
            It is read once for its digest.
        name : str
            What people call it.
        context : str, optional
            ``train``, ``test``, ...
        keep : bool
            Store the data itself as an artifact.

        Raises
        ------
        InvalidValueError
            `data` is of a kind that nbtrack cannot digest, or not keep.
        ArtifactError
            The path does not exist.
        """
        self._check_open()
        check_key(name, "dataset")
        if context is not None:
            check_key(context, "dataset context")
        facts = content.dataset_record(data, name)
        kept = kept_dataset(data, artifact_name(f"datasets/{name}")) if keep else None
        for part, piece in kept.pieces if kept else ():
            self._put(part, piece)
        record = {
            "op": "dataset",
            "values": facts,
            "context": context,
            "artifact_path": kept.path if kept else None,
        }
        self._append(record)
