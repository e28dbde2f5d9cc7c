"""What MLflow calls to load a model that nbtrack has saved, and to predict with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbtrack.errors import InvalidValueError
from nbtrack.model_files.folder import load_model


def _load_pyfunc(path: str) -> Any:
    """Return what predicts with the model in a folder."""
    return Predictor(load_model(Path(path)))


class Predictor:
    """One way to predict with the models of all libraries.

    Parameters
    ----------
    model : object
        As `nbtrack.model_files.folder.load_model` returns it.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._session: Any = None

    def predict(self, data: Any, params: Any = None) -> Any:
        """Return the model's predictions for a DataFrame or an array.

        Raises
        ------
        InvalidValueError
            The model's kind alone cannot predict, such as the state of a PyTorch module.
        """
        del params  # MLflow hands them to each model; these take none
        module = type(self._model).__module__.partition(".")[0]
        if module == "onnx":
            return self._predict_onnx(data)
        if module == "xgboost" and type(self._model).__name__ == "Booster":
            import xgboost

            data = xgboost.DMatrix(data)
        if not hasattr(self._model, "predict"):
            raise InvalidValueError(
                f"A {type(self._model).__name__} cannot predict.",
                hint="Of a PyTorch module only the weights are kept: export it to ONNX.",
            )
        return self._model.predict(data)

    def _predict_onnx(self, data: Any) -> Any:
        import numpy as np
        import onnxruntime

        if self._session is None:
            self._session = onnxruntime.InferenceSession(self._model.SerializeToString())
        inputs = self._session.get_inputs()
        if len(inputs) == 1:
            values = np.asarray(data)
            feed = {inputs[0].name: values.astype(_NUMPY.get(inputs[0].type, values.dtype))}
        else:
            feed = {each.name: np.asarray(data[each.name]).reshape(-1, 1) for each in inputs}
        return self._session.run(None, feed)[0]


_NUMPY = {"tensor(float)": "float32", "tensor(double)": "float64", "tensor(int64)": "int64"}
