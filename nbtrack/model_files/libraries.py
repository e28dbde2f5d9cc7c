"""Which library a model belongs to, and how that library writes and reads it.

Each format is the library's own, except for scikit-learn, which has none: joblib keeps everything
but unpickles on loading, skops refuses what it does not know. Nothing is imported here before a
model of that library is saved or loaded.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

from nbtrack.errors import InvalidValueError

Facts = Mapping[str, Any]
"""What is noted beside a model: ``library``, ``version``, ``format``, ``file``, ``class``."""


@dataclass(frozen=True, slots=True)
class Format:
    """How models of one library are kept in one file."""

    library: str
    """The distribution that is installed, such as ``scikit-learn``."""
    module: str
    name: str
    file: str
    save: Callable[[Any, Path], None]
    load: Callable[[Path, Facts], Any]
    unpickles: bool = False
    """Whether loading may run code that is hidden in the file."""


def _use(module: str, library: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise InvalidValueError(
            f"The model needs the package {library!r}, which is not installed here.",
            hint=f"Install it with: pip install {library}.",
        ) from error


def _save_joblib(model: Any, file: Path) -> None:
    _use("joblib", "joblib").dump(model, file, compress=3)


def _load_joblib(file: Path, _facts: Facts) -> Any:
    return _use("joblib", "joblib").load(file)


def _save_skops(model: Any, file: Path) -> None:
    _use("skops.io", "skops").dump(model, file)


def _load_skops(file: Path, _facts: Facts) -> Any:
    skops = _use("skops.io", "skops")
    unknown = skops.get_untrusted_types(file=file)
    if unknown:
        raise InvalidValueError(
            f"The model holds types that skops does not know: {', '.join(sorted(unknown))[:300]}.",
            hint="If you trust its author, download it with registry.download and load it with "
            "skops.io.load(file, trusted=[...]).",
        )
    return skops.load(file)


def _save_booster(model: Any, file: Path) -> None:
    model.save_model(file)


def _load_xgboost(file: Path, facts: Facts) -> Any:
    xgboost = _use("xgboost", "xgboost")
    kind = getattr(xgboost, str(facts.get("class", "")).rpartition(".")[2], xgboost.Booster)
    model = kind()
    model.load_model(file)
    return model


def _save_lightgbm(model: Any, file: Path) -> None:
    getattr(model, "booster_", model).save_model(str(file))


def _load_lightgbm(file: Path, _facts: Facts) -> Any:
    return _use("lightgbm", "lightgbm").Booster(model_file=str(file))


def _save_torch(model: Any, file: Path) -> None:
    _use("torch", "torch").save(model.state_dict(), file)


def _load_torch(file: Path, _facts: Facts) -> Any:
    return _use("torch", "torch").load(file, map_location="cpu", weights_only=True)


def _save_onnx(model: Any, file: Path) -> None:
    file.write_bytes(model.SerializeToString())


def _load_onnx(file: Path, _facts: Facts) -> Any:
    return _use("onnx", "onnx").load(str(file))


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        each.name: each
        for each in (
            Format("xgboost", "xgboost", "xgboost", "model.ubj", _save_booster, _load_xgboost),
            Format("lightgbm", "lightgbm", "lightgbm", "model.txt", _save_lightgbm, _load_lightgbm),
            Format("torch", "torch", "state dict", "model.pt", _save_torch, _load_torch),
            Format("onnx", "onnx", "onnx", "model.onnx", _save_onnx, _load_onnx),
            Format(
                "scikit-learn", "sklearn", "joblib", "model.joblib", _save_joblib, _load_joblib,
                unpickles=True,
            ),
            Format("scikit-learn", "sklearn", "skops", "model.skops", _save_skops, _load_skops),
        )
    }
)  # fmt: skip
"""By name. Of a library with several, the first is what its models are kept in unless told."""


def format_of(model: Any, wanted: str | None = None) -> Format:
    """Return the format in which a model is kept.

    Parameters
    ----------
    wanted : str, optional
        ``joblib`` takes any object, the others those of their library.

    Raises
    ------
    InvalidValueError
        The model is of no library that is known, or not of the format that is wanted.
    """
    modules = [kind.__module__.partition(".")[0] for kind in type(model).__mro__]
    found = next((each for each in FORMATS.values() if each.module in modules), None)
    if wanted is None:
        if found is not None:
            return found
        raise InvalidValueError(
            f"{type(model).__module__}.{type(model).__qualname__} is of no library whose models "
            "nbtrack can save.",
            hint="Known are scikit-learn, XGBoost, LightGBM, PyTorch and ONNX. For others, give "
            "format='joblib', or the path of what you have saved yourself.",
        )
    if wanted not in FORMATS:
        raise InvalidValueError(
            f"There is no format {str(wanted)[:80]!r}.", hint=f"Known are {', '.join(FORMATS)}."
        )
    chosen = FORMATS[wanted]
    if chosen.name != "joblib" and chosen.module not in modules:
        raise InvalidValueError(
            f"A {type(model).__qualname__} cannot be kept in the format {wanted!r}.",
            hint=f"That is for models of {chosen.library}.",
        )
    return chosen


def save(model: Any, folder: Path, wanted: str | None = None) -> dict[str, Any]:
    """Write a model into a folder and return the facts about it.

    Raises
    ------
    InvalidValueError
        It is of no library that is known, or its library cannot write it.
    """
    chosen = format_of(model, wanted)
    try:
        chosen.save(model, folder / chosen.file)
    except InvalidValueError:
        raise
    except Exception as error:  # whatever a library raises
        raise InvalidValueError(
            f"The {type(model).__qualname__} could not be saved as {chosen.name}: {error}."
        ) from error
    kind = _library_class(model, chosen.module)
    return {
        "library": _distribution(model, chosen),
        "version": _version(_distribution(model, chosen)),
        "format": chosen.name,
        "file": chosen.file,
        "class": f"{kind.__module__}.{kind.__qualname__}",
    }


def load(folder: Path, facts: Facts) -> Any:
    """Read a model from its folder with the library that saved it.

    Raises
    ------
    InvalidValueError
        Its format is not known, the library is not installed, or it cannot read the file.
    """
    chosen = FORMATS.get(str(facts.get("format")))
    if chosen is None:
        raise InvalidValueError(
            f"The model was saved as {facts.get('format')!r}, which nbtrack cannot load.",
            hint="Get its files with registry.download, and load them as they were saved.",
        )
    _warn_of_version(facts)
    file = folder / Path(str(facts.get("file", chosen.file))).name
    try:
        return chosen.load(file, facts)
    except InvalidValueError:
        raise
    except Exception as error:  # whatever a library raises
        raise InvalidValueError(
            f"The model could not be loaded by {chosen.library}: {error}.",
            hint=f"It was saved by {facts.get('library')} {facts.get('version')}.",
        ) from error


def _library_class(model: Any, module: str) -> type:
    """Return the nearest class of the library itself, which exists wherever the library does."""
    kinds = type(model).__mro__
    return next((kind for kind in kinds if kind.__module__.split(".")[0] == module), kinds[0])


def _distribution(model: Any, chosen: Format) -> str:
    modules = {kind.__module__.partition(".")[0] for kind in type(model).__mro__}
    return chosen.library if chosen.module in modules else chosen.name


def _version(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None


def _warn_of_version(facts: Facts) -> None:
    library, saved = str(facts.get("library")), facts.get("version")
    here = _version(library)
    if saved and here and str(saved).split(".")[:2] != here.split(".")[:2]:
        warnings.warn(
            f"The model was saved by {library} {saved}, here is {here}: it may behave otherwise.",
            stacklevel=4,
        )
