"""What all stages have: params that Java checks, persistence, documentation."""

import inspect
import sys
import textwrap
from typing import Any, Dict, Generic, List, Optional, Type, TypeVar

from pyspark.ml.param import Param
from pyspark.ml.util import JavaMLReadable, JavaMLReader, JavaMLWritable
from pyspark.ml.wrapper import JavaEstimator, JavaModel, JavaParams
from pyspark.sql import DataFrame
from pyspark.sql.utils import is_remote

from cola4j import jvm
from cola4j.progress import listening
from cola4j.summary import ColaTrainingSummary

T = TypeVar("T")
M = TypeVar("M")

# pyspark restores a stage, also one of a pipeline, by importing the name of its Java class
sys.modules.setdefault(jvm.PACKAGE, sys.modules["cola4j"])


class _StageReader(JavaMLReader):
    """Reads stages of CoLA4J's Java package."""

    @classmethod
    def _java_loader_class(cls, clazz: Type[Any]) -> str:
        return f"{jvm.PACKAGE}.{clazz.__name__}"


class Stage(JavaParams, JavaMLReadable, JavaMLWritable):
    """A stage whose Java class has its name."""

    _java_obj: Optional[Any] = None  # for the finalizer of a stage whose constructor failed

    def _set(self: T, **kwargs: Any) -> T:
        for name, value in kwargs.items():
            if value is not None:
                self._require(getattr(self, name), value)  # type: ignore[attr-defined]
        return super()._set(**kwargs)  # type: ignore[misc]

    def _require(self, param: Param, value: Any) -> None:
        """Has Java refuse a value that cannot be, when it is set and not only when it is used."""
        if is_remote() or self._java_obj is None:
            return
        try:
            converted = param.typeConverter(value)
        except (TypeError, ValueError):
            return  # pyspark's own message
        self._make_java_param_pair(param, converted)

    @classmethod
    def read(cls) -> Any:
        """Returns a reader for this class."""
        if jvm.connected():
            from pyspark.ml.connect.readwrite import RemoteMLReader

            # the server is asked for the Java class of this module and name
            return RemoteMLReader(type(cls.__name__, (cls,), {"__module__": jvm.PACKAGE}))
        jvm.java_class(cls.__name__)
        return _StageReader(cls)


class ColaEstimator(Stage, JavaEstimator, Generic[M]):
    """An estimator that shows its rounds while it trains."""

    def _start(self, given: Dict[str, Any]) -> None:
        """Makes the Java stage, and sets what the constructor was given."""
        self._java_obj = jvm.new_stage(type(self).__name__, self.uid)
        self._set(**given)

    def setParams(self: T, **params: Any) -> T:
        """Sets params by their names."""
        return self._set(**params)  # type: ignore[attr-defined]

    def _fit_java(self, dataset: DataFrame) -> Any:
        assert self._java_obj is not None
        self._transfer_params_to_java()
        with listening(jvm.running_jvm()) as listener:
            if listener is None:
                return self._java_obj.fit(dataset._jdf)
            return self._java_obj.fit(dataset._jdf, listener)


class ColaModel(Stage, JavaModel):
    """Trained adapters on a frozen model."""

    @classmethod
    def load(cls: Type[T], path: str, model: Optional[str] = None) -> T:
        """Reads the model that was written to a path.

        Parameters
        ----------
        path : str
            of any of Hadoop's file systems
        model : str, optional
            where the frozen model is now; without it, where it was at training
        """
        if model is None:
            return cls.read().load(path)  # type: ignore[attr-defined]
        jvm.require_no_connect(
            "load(path, model)", "have the frozen model where it was at training"
        )
        java = jvm.java_class(cls.__name__).load(path, model)
        return cls._from_java(java)  # type: ignore[attr-defined]

    @classmethod
    def _of_adapters(cls: Type[T], *args: Any) -> T:
        """Has Java make the model of adapters that ``cola train`` has written."""
        jvm.require_no_connect("from_adapters", "load a model that was saved by its save()")
        java = jvm.java_class(cls.__name__).ofAdapters(*args)
        return cls._from_java(java)  # type: ignore[attr-defined]

    def _ask(self, name: str, *args: Any) -> Any:
        """Calls a method of the Java model that is none of Spark's."""
        jvm.require_no_connect(
            name,
            "the labels are in the metadata of the probability column, the tasks in the folder"
            " 'adapters' of a written model",
        )
        return self._call_java(name, *args)

    def exportPeft(self, path: str, task: Optional[str] = None, *, overwrite: bool = False) -> None:
        """Writes a task's adapter as HF PEFT loads it onto the unchanged model.

        Parameters
        ----------
        path : str
            a folder, empty or not there yet, on the driver's disk or, as a URI, on a file system
        task : str, optional
            needed where there are several
        overwrite : bool
            whether the folder may be replaced, if an export has left it

        Examples
        --------
        >>> model.exportPeft("assistant-peft")
        >>> PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), "assistant-peft")
        """
        jvm.require_no_connect("exportPeft", "use 'cola export' on a written model's 'adapters'")
        if task is None and len(self.tasks) == 1:
            task = self.tasks[0]
        if task is None:
            raise ValueError(f"{self.uid} has the tasks {self.tasks}; name one of them")
        self._call_java("exportPeft", path, task, overwrite)

    @property
    def tasks(self) -> List[str]:
        """The tasks' names, sorted."""
        return list(self._ask("tasks"))

    @property
    def hasSummary(self) -> bool:
        """Whether there is a summary: after a fit, not after reading."""
        return bool(self._ask("hasSummary"))

    @property
    def summary(self) -> ColaTrainingSummary:
        """How training went."""
        self._ask("hasSummary")
        assert self._java_obj is not None
        return ColaTrainingSummary(self._java_obj.summary())


def documented(stage: Type[T]) -> Type[T]:
    """Completes a class's documentation by its params, as its constructor takes them."""
    lines = []
    for name, given in inspect.signature(stage.__init__).parameters.items():  # type: ignore[misc]
        if name != "self":
            default = "optional" if given.default is None else f"default {given.default!r}"
            doc = textwrap.fill(getattr(stage, name).doc, 92)
            lines += [f"    {name} : {default}", textwrap.indent(doc, " " * 8)]
    assert stage.__doc__ is not None
    stage.__doc__ = stage.__doc__.replace("    {params}", "\n".join(lines))
    return stage
