"""Models in MLflow: those that ``cola train`` has logged, and the models of this package.

``mlflow.pyfunc`` predicts with either, for rows of pandas; :py:func:`load_model` gives the model
itself, for rows of Spark. Needs MLflow 3, as by ``pip install 'cola4j[mlflow]'``.
"""

import json
from pathlib import Path
from typing import Any, Dict, List, Optional, Union

import mlflow
import yaml
from mlflow.models import Model
from mlflow.tracking.artifact_utils import _download_artifact_from_uri
from pyspark import SparkContext
from pyspark.sql import SparkSession

import cola4j
from cola4j import jvm

FLAVOR_NAME = "cola4j"

_DATA = "sparkml"
_MODULE = "cola4j.mlflow"
_MESSAGES = "array<struct<role: string, content: string>>"

ColaModels = Union[cola4j.ColaClassificationModel, cola4j.ColaGenerationModel]


def save_model(
    model: ColaModels,
    path: str,
    mlflow_model: Optional[Model] = None,
    signature: Any = None,
    input_example: Any = None,
    pip_requirements: Optional[List[str]] = None,
    metadata: Optional[Dict[str, Any]] = None,
) -> None:
    """Writes a model into a new folder of this machine, as MLflow has models.

    Parameters
    ----------
    model : ColaClassificationModel or ColaGenerationModel
        of a Spark that writes to this machine's disk
    path : str
        the folder
    pip_requirements : list of str, optional
        by default this package, PySpark and MLflow
    """
    if not isinstance(model, (cola4j.ColaClassificationModel, cola4j.ColaGenerationModel)):
        raise TypeError(
            "expected a ColaClassificationModel or a ColaGenerationModel, got "
            f"{type(model).__name__}; a PipelineModel is for mlflow.spark.log_model, a sweep's "
            "bestModel for this"
        )
    folder = Path(path).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    model.write().save((folder / _DATA).as_uri())
    if mlflow_model is None:
        mlflow_model = Model(metadata=metadata)
    if signature is not None:
        mlflow_model.signature = signature
    mlflow.pyfunc.add_to_model(
        mlflow_model, loader_module=_MODULE, data=_DATA, model_config={"model": model.getModel()}
    )
    mlflow_model.add_flavor(
        FLAVOR_NAME, data=_DATA, model=model.getModel(), version=cola4j.__version__
    )
    mlflow_model.save(str(folder / "MLmodel"))
    lines = _requirements() if pip_requirements is None else pip_requirements
    (folder / "requirements.txt").write_text("\n".join(lines) + "\n")


def log_model(
    model: ColaModels,
    name: str = "model",
    registered_model_name: Optional[str] = None,
    **kwargs: Any,
) -> Any:
    """Logs a model to the active run of MLflow, or a new one.

    Parameters
    ----------
    model : ColaClassificationModel or ColaGenerationModel
    name : str
        of the model in MLflow
    registered_model_name : str, optional
        the registered model that it becomes a version of
    kwargs :
        of :py:func:`save_model`

    Examples
    --------
    >>> with mlflow.start_run():
    ...     cola4j.mlflow.log_model(classifier.fit(tickets), registered_model_name="tickets")
    >>> mlflow.pyfunc.load_model("models:/tickets/1").predict(pandas.DataFrame({"text": more}))
    """
    import cola4j.mlflow

    return Model.log(
        artifact_path=None,
        name=name,
        flavor=cola4j.mlflow,
        registered_model_name=registered_model_name,
        model=model,
        **kwargs,
    )


def load_model(model_uri: str, model: Optional[str] = None) -> ColaModels:
    """The model of a URI of MLflow, such as ``models:/tickets/1`` or ``runs:/ID/model``.

    Parameters
    ----------
    model_uri : str
    model : str, optional
        where the frozen model is now; without it, where it was at training
    """
    folder = Path(_download_artifact_from_uri(model_uri))
    flavor = yaml.safe_load((folder / "MLmodel").read_text())["flavors"].get(FLAVOR_NAME)
    if flavor is None:
        raise ValueError(f"{model_uri} is not a model of CoLA4J; load it by mlflow.pyfunc")
    return _load(folder / flavor["data"], {} if model is None else {"model": model})


def _load_pyfunc(path: str, model_config: Optional[Dict[str, Any]] = None) -> Any:
    """Called by ``mlflow.pyfunc.load_model``."""
    config = dict(model_config or {})
    model = _load(Path(path), config)
    if isinstance(model, cola4j.ColaClassificationModel):
        return _Classifier(model)
    return _LanguageModel(model)


def _load(folder: Path, config: Dict[str, Any]) -> Any:
    _session()
    place = folder.absolute().as_uri()
    location = config.get("model")
    if (folder / "metadata").is_dir():  # as this package has written it
        line = next((folder / "metadata").glob("part-*")).read_text().splitlines()[0]
        stage = getattr(cola4j, json.loads(line)["class"].rsplit(".", 1)[1])
        return stage.load(place, location)
    descriptions = [json.loads(each.read_text()) for each in folder.glob("*/adapter.json")]
    if not descriptions:
        raise ValueError(f"{folder} has no adapters; log the model again")
    if "prompt" in descriptions[0]:
        model = cola4j.ColaGenerationModel.from_adapters(place, location)
    else:
        model = cola4j.ColaClassificationModel.from_adapters(
            place, location, config.get("text") or None, config.get("pair") or None
        )
    names = [param.name for param in model.params]
    return model._set(**{key: config[key] for key in config if key in names and key != "model"})


def _session() -> SparkSession:
    """The running Spark, or one for this process."""
    if SparkContext._active_spark_context is not None:
        return cola4j.session()
    builder = SparkSession.builder.config("spark.ui.enabled", "false")
    return cola4j.session(builder)


def _requirements() -> List[str]:
    import pyspark

    line = ".".join(pyspark.__version__.split(".")[:2])
    return [f"cola4j=={cola4j.__version__}", f"pyspark~={line}.0", "mlflow", "pandas"]


class _Predictor:
    """Predicts rows of pandas, in their order, by a model's stage."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def predict(self, model_input: Any, params: Optional[Dict[str, Any]] = None) -> Any:
        """Predicts rows; MLflow calls it.

        Parameters
        ----------
        model_input : pandas.DataFrame
            rows with the columns that the model reads
        params : dict, optional
            not used

        Returns
        -------
        pandas.DataFrame
            a row for each, in their order and with their index

        Raises
        ------
        TypeError
            If the input is no DataFrame.
        ValueError
            If a column is missing.
        """
        import pandas

        if not isinstance(model_input, pandas.DataFrame):
            raise TypeError(f"expected a DataFrame of pandas, got {type(model_input).__name__}")
        stage, schema, outputs = self._columns([str(name) for name in model_input.columns])
        missing = [name for name in schema if name not in model_input.columns]
        if missing:
            raise ValueError(
                f"the rows have no column {', '.join(missing)}; they have "
                f"{', '.join(map(str, model_input.columns))}"
            )
        types = ", ".join(f"`{name}` {schema[name]}" for name in schema)
        rows = list(zip(*([_value(each) for each in model_input[name]] for name in schema)))
        predicted = stage.transform(_session().createDataFrame(rows, types)).select(*outputs)
        answers = [self._complete(row.asDict()) for row in predicted.collect()]
        columns = self._complete(dict.fromkeys(outputs))
        return pandas.DataFrame(answers, columns=list(columns), index=model_input.index)

    def _columns(self, names: List[str]) -> Any:
        """The stage for rows of these columns, the columns that it reads with their types, and
        those that it adds."""
        raise NotImplementedError

    def _complete(self, row: Dict[str, Any]) -> Dict[str, Any]:
        return row


class _Classifier(_Predictor):
    def _columns(self, names: List[str]) -> Any:
        stage = self._model.copy()
        image = stage.getImageCol()
        read = [stage.getTaskCol(), *([] if image else [stage.getTextCol(), stage.getTextPairCol()])]
        schema = {name: "string" for name in read if name}
        if image:
            schema[image] = "binary"
        number = self._model.problemType == "regression"
        stage = stage._set(
            predictionCol="label" if number else "",
            rawPredictionCol="",
            predictedLabelCol="" if number else "label",
            probabilityCol="",
            probabilityMapCol="" if number else "probabilities",
            reasonCol="bad",
        )
        return stage, schema, ["label", *([] if number else ["probabilities"]), "bad"]

    def _complete(self, row: Dict[str, Any]) -> Dict[str, Any]:
        """The row as ``cola predict`` has it, with the likeliest class's probability."""
        if self._model.problemType != "single-label":
            return row
        by_class = row["probabilities"]
        probability = None if by_class is None else max(by_class.values())
        return {"label": row["label"], "probability": probability, **row}


class _LanguageModel(_Predictor):
    def _columns(self, names: List[str]) -> Any:
        stage = self._model.copy()._set(cutCol="cut", reasonCol="bad")
        schema = {stage.getTaskCol(): "string"} if stage.getTaskCol() else {}
        if stage.getMessagesCol() in names:
            stage._set(instructionCol="")
            schema[stage.getMessagesCol()] = _MESSAGES
        else:
            stage._set(instructionCol=stage.getInstructionCol() or "instruction")
            schema[stage.getInstructionCol()] = "string"
            if stage.getInputCol() in names:
                schema[stage.getInputCol()] = "string"
        return stage, schema, [stage.getAnswerCol(), "cut", "bad"]


def _value(value: Any) -> Any:
    """A value as Spark takes it: messages as pairs, and None for what pandas has for nothing."""
    if isinstance(value, (str, bytes)) or value is None:
        return value
    if isinstance(value, (list, tuple)) or type(value).__name__ == "ndarray":
        return [(each["role"], each["content"]) for each in value]
    return None if value != value else str(value)
