"""The Java side of the stages: whether it is there, and of which version."""

from typing import Any, Optional

from pyspark.ml.wrapper import JavaWrapper
from pyspark.sql.utils import is_remote

from cola4j.version import __version__

#: Java package of the stages.
PACKAGE = "io.github.cola4j.spark.ml"


class JarError(RuntimeError):
    """CoLA4J's jar is missing, or is of another version than this package."""


def connected() -> bool:
    """Whether stages are on a Spark Connect server.

    Raises
    ------
    RuntimeError
        If they would be, and this PySpark cannot have them there.
    """
    if not is_remote():
        return False
    try:
        import pyspark.ml.connect.readwrite  # noqa: F401
    except ImportError as e:
        raise RuntimeError(
            "cola4j works over Spark Connect from Spark 4.1 on only; use a Spark session without "
            f"Connect, or a newer PySpark ({e})"
        ) from e
    return True


def require_no_connect(what: str, instead: str) -> None:
    """Refuses what a Spark Connect server does for no stage but Spark's own."""
    if is_remote():
        raise RuntimeError(f"{what} cannot be had over Spark Connect; {instead}")


def running_jvm() -> Any:
    """The JVM of the running Spark.

    Raises
    ------
    RuntimeError
        If there is none.
    """
    from pyspark import SparkContext

    context = SparkContext._active_spark_context
    if context is None:
        raise RuntimeError("no Spark session is running; start one with cola4j.session()")
    return context._jvm


def find(jvm: Any, name: str) -> Optional[Any]:
    """The Java class of a full name; None where it is not on the class path."""
    from py4j.java_gateway import JavaClass  # type: ignore[import-untyped]

    for part in name.split("."):
        jvm = getattr(jvm, part)
    return jvm if isinstance(jvm, JavaClass) else None


def java_class(name: str) -> Any:
    """The Java class of a stage, from a jar of this package's version.

    Raises
    ------
    JarError
        If there is none.
    """
    jvm = running_jvm()
    found = find(jvm, f"{PACKAGE}.{name}")
    if found is None:
        if find(jvm, f"{PACKAGE}.ColaClassifier") is not None:
            raise JarError(
                f"CoLA4J's jar has no {name}; expected the jar of version {java_version()}"
            )
        java = jvm.java.lang.System.getProperty("java.specification.version")
        if float(java) < 17:
            raise JarError(f"CoLA4J needs Java 17 or later, but Spark runs on Java {java}")
        raise JarError(
            "CoLA4J's jar is not on the class path of the running Spark session; stop the session "
            "and start it with cola4j.session(jars=[...]), or with the jar in spark.jars or --jars"
        )
    loaded = jvm.java.lang.Class.forName(
        f"{PACKAGE}.{name}", False, jvm.java.lang.Thread.currentThread().getContextClassLoader()
    )
    require_version(loaded.getPackage().getImplementationVersion())
    return found


def java_version() -> str:
    """This package's version as Maven writes it."""
    return __version__.replace(".dev0", "-SNAPSHOT")


def require_version(jar: Optional[str]) -> None:
    """Refuses the jar of another version; classes outside of a jar, which have none, will do."""
    if jar is not None and jar != java_version():
        raise JarError(
            f"the Python package cola4j is of version {__version__} and needs the jar "
            f"{java_version()}, but Spark has the jar {jar}; install both from one build"
        )


def new_stage(name: str, uid: str) -> Any:
    """A Java stage, or the name of its class where Spark Connect's server makes it."""
    if connected():
        return JavaWrapper._new_java_obj(f"{PACKAGE}.{name}", uid)
    return java_class(name)(uid)
