package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.cola4j.spark.cli.option.SparkOptions;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class FailureReportTest {
  private static SparkSession spark;

  @BeforeAll
  static void start() {
    spark = new SparkOptions().open("failures").session();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  /** What a failing Spark task throws. */
  private interface Failing extends java.io.Serializable {
    Throwable failure();
  }

  private static String ofTask(Failing failing) {
    Throwable thrown =
        catchThrowable(
            () ->
                JavaSparkContext.fromSparkContext(spark.sparkContext())
                    .parallelize(List.of(1), 1)
                    .foreach(
                        x -> {
                          Throwable failure = failing.failure();
                          if (failure instanceof Error error) {
                            throw error;
                          }
                          throw (Exception) failure;
                        }));
    assertThat(thrown).isInstanceOf(SparkException.class);
    return FailureReport.of(thrown);
  }

  /** Cannot be sent to the driver, which then has Spark's message alone. */
  private static final class Unsent extends RuntimeException {
    private static final long serialVersionUID = 1;

    @SuppressWarnings("serial") // that is the point
    private final Object held = new Object();

    Unsent(String message, Throwable cause) {
      super(message, cause);
    }

    @Override
    public String getMessage() {
      return held == null ? null : super.getMessage();
    }
  }

  @Test
  void saysWhatAnExecutorFailedOfWithoutItsStackTrace() {
    assertThat(ofTask(() -> new IllegalArgumentException("row 7 is odd")))
        .isEqualTo("row 7 is odd");
    assertThat(ofTask(() -> new EOFException("x.gz is cut")))
        .isEqualTo("EOFException: x.gz is cut");
    assertThat(ofTask(() -> new NullPointerException("no label")))
        .isEqualTo("unexpected NullPointerException: no label; --verbose prints where");
    assertThat(ofTask(() -> new Unsent("outside", new IllegalArgumentException("row 8 is odd"))))
        .isEqualTo("IllegalArgumentException: row 8 is odd");
    assertThat(ofTask(() -> new Unsent("alone", null)))
        .contains("Unsent: alone")
        .doesNotContain("\tat ", "Lost task");
  }

  @Test
  void aSparkTaskWithoutMemoryFailsAndDoesNotEndTheProcess() {
    assertThat(ofTask(() -> new OutOfMemoryError("Java heap space")))
        .startsWith("OutOfMemoryError: Java heap space; ")
        .contains("COLA_JAVA_OPTS=-Xmx4g", "spark.executor.memory", "training.maxTokens");
  }

  @Test
  void namesExecutorAndHost() {
    String lost =
        "Job aborted due to stage failure: Task 0 in stage 3.0 failed 4 times, most recent failure:"
            + " Lost task 0.3 in stage 3.0 (TID 6) (10.0.0.7 executor 2): ";
    assertThat(
            FailureReport.of(
                new SparkException(
                    lost
                        + "java.io.IOException: no disk\n"
                        + "\tat a.B.c(B.java:1)\n\n"
                        + "Driver stacktrace:")))
        .isEqualTo("IOException: no disk (on executor 2 of host 10.0.0.7)");
    assertThat(FailureReport.of(new SparkException(lost, new IllegalArgumentException("row 7"))))
        .isEqualTo("row 7 (on executor 2 of host 10.0.0.7)");
    assertThat(
            FailureReport.of(
                new SparkException(
                    lost + "ExecutorLostFailure (executor 2 exited) Reason: code 52")))
        .startsWith("ExecutorLostFailure (executor 2 exited) Reason: code 52; ")
        .contains("spark.executor.memory");
  }

  @Test
  void saysWhichClassIsMissingWhereAndWhatBringsIt() {
    assertThat(FailureReport.of(new NoClassDefFoundError("io/github/cola4j/nn/Kernels")))
        .startsWith(
            "class io.github.cola4j.nn.Kernels is missing on the driver; submit the one jar")
        .endsWith("--jars (spark.jars), so that executors get it too; --verbose prints where");
    assertThat(FailureReport.of(new NoClassDefFoundError("jdk/incubator/vector/Vector")))
        .contains("--add-modules=jdk.incubator.vector", "spark.executor.extraJavaOptions");
    assertThat(FailureReport.of(new RuntimeException(new ClassNotFoundException("org.acme.Codec"))))
        .startsWith("class org.acme.Codec is missing on the driver; give spark-submit the jar")
        .contains("--jars", "--packages");
    String lost =
        "Job aborted due to stage failure: Task 0 in stage 3.0 failed 4 times, most recent failure:"
            + " Lost task 0.3 in stage 3.0 (TID 6) (10.0.0.7 executor 2): ";
    assertThat(
            FailureReport.of(
                new SparkException(
                    lost
                        + "java.lang.ClassNotFoundException:"
                        + " io.github.cola4j.spark.internal.shard.TaskShard\n"
                        + "\tat java.base/java.net.URLClassLoader.findClass(Unknown Source)\n")))
        .startsWith(
            "class io.github.cola4j.spark.internal.shard.TaskShard is missing on an executor")
        .contains("-Passembly", "(on executor 2 of host 10.0.0.7)")
        .doesNotContain("\tat ", "Lost task");
    assertThat(
            FailureReport.of(
                new SparkException(
                    lost
                        + "java.lang.ClassCastException: cannot assign instance of"
                        + " java.lang.invoke.SerializedLambda to field"
                        + " org.apache.spark.rdd.MapPartitionsRDD.f of type scala.Function3\n"
                        + "\tat a.B.c(B.java:1)")))
        .startsWith("class io.github.cola4j.* is missing on an executor; submit the one jar");
    assertThat(
            FailureReport.of(
                new IllegalArgumentException(
                    "s3a://a cannot be reached: give its jar",
                    new ClassNotFoundException("org.apache.hadoop.fs.s3a.S3AFileSystem"))))
        .isEqualTo("s3a://a cannot be reached: give its jar");
    assertThat(FailureReport.of(new NoClassDefFoundError("Could not initialize class a.B")))
        .startsWith(
            "NoClassDefFoundError: Could not initialize class a.B; a library is missing or");
  }

  @Test
  void keepsWhatWasDoneAndWhyItFailed() {
    IOException reason = new FileNotFoundException("/a/b (No space left on device)");
    assertThat(FailureReport.of(new UncheckedIOException("cannot write /a", reason)))
        .isEqualTo("cannot write /a: FileNotFoundException: /a/b (No space left on device)");
    assertThat(FailureReport.of(new UncheckedIOException("cannot read: " + reason, reason)))
        .isEqualTo("cannot read: FileNotFoundException: /a/b (No space left on device)");
    assertThat(FailureReport.of(new UncheckedIOException(new IOException("the disk is full"))))
        .isEqualTo("the disk is full");
  }

  @Test
  void errorsOfTheJvmNameARemedy() {
    assertThat(FailureReport.of(new StackOverflowError()))
        .startsWith("StackOverflowError; ")
        .contains("nested too deeply", "-Xss");
    assertThat(FailureReport.of(new UnsatisfiedLinkError("no jnind4jcpu in java.library.path")))
        .startsWith("UnsatisfiedLinkError: no jnind4jcpu")
        .contains("nd4j.classifier");
    assertThat(FailureReport.of(new OutOfMemoryError("unable to create native thread")))
        .contains("ulimit -u");
  }

  @Test
  void isOneLineThatATerminalDoesNotObey() {
    assertThat(
            FailureReport.of(new IllegalArgumentException("label 'a\u001b[2J\u202e'\n  is\rodd")))
        .isEqualTo("label 'a\\u001b[2J\\u202e' is odd");
    assertThat(FailureReport.of(new IllegalArgumentException()))
        .startsWith("unexpected IllegalArgumentException; ");
    Exception first = new Exception("first");
    first.initCause(new Exception("second", first));
    assertThat(FailureReport.of(first)).startsWith("unexpected Exception: first");
  }
}
