package io.github.cola4j.spark.cli;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A class that a machine of the cluster does not have, in words: which, and what brings it. Where
 * Spark carries the failure from an executor, only its text is left.
 *
 * @param name with dots
 */
record MissingClass(String name) {
  private static final Pattern NAMED =
      Pattern.compile(
          "(?:ClassNotFoundException|NoClassDefFoundError)(?:: |\\()(?!Could not )([\\w.$/]+)");

  /** How Java fails to read a lambda whose class is not there. */
  private static final Pattern LAMBDA =
      Pattern.compile(
          "ClassCastException: cannot assign instance of java\\.lang\\.invoke\\.SerializedLambda");

  /** What brings classes, by the beginning of their name. */
  private enum Source {
    PROGRAM(
        "io\\.github\\.cola4j\\.|org\\.nd4j\\.|org\\.bytedeco\\.|picocli\\.",
        "submit the one jar that -Passembly builds as the application, or name it with --jars"
            + " (spark.jars), so that executors get it too"),
    VECTOR(
        "jdk\\.incubator\\.vector\\.",
        "give the JVM --add-modules=jdk.incubator.vector (spark.driver.extraJavaOptions and"
            + " spark.executor.extraJavaOptions)"),
    MODEL(
        "dev\\.langchain4j\\.",
        "name the model's jar with --jars (docs/how-to/jar.md), or a model's folder in the job"),
    S3(
        "org\\.apache\\.hadoop\\.fs\\.s3a\\.|software\\.amazon\\.awssdk\\.|com\\.amazonaws\\.",
        "give spark-submit --packages org.apache.hadoop:hadoop-aws:VERSION, in Hadoop's version"),
    HADOOP(
        "org\\.apache\\.hadoop\\.",
        "give spark-submit the jar of that file system with --packages or --jars"),
    OTHER(
        "",
        "give spark-submit the jar that has it with --jars, or its coordinates with --packages");

    private final Pattern beginning;
    private final String remedy;

    Source(String beginning, String remedy) {
      this.beginning = Pattern.compile(beginning);
      this.remedy = remedy;
    }

    boolean has(String name) {
      return beginning.matcher(name).lookingAt();
    }
  }

  /** The class that is missing, if that is what failures say; the last one names it best. */
  static Optional<MissingClass> of(List<Throwable> chain) {
    for (int i = chain.size() - 1; i >= 0; i--) {
      String text = chain.get(i).toString();
      Matcher named = NAMED.matcher(text);
      if (named.find()) {
        return Optional.of(new MissingClass(named.group(1).replace('/', '.')));
      }
      if (LAMBDA.matcher(text).find()) {
        return Optional.of(new MissingClass("io.github.cola4j.*"));
      }
    }
    return Optional.empty();
  }

  /**
   * What is missing and what to do.
   *
   * @param side where it is missing
   */
  String told(String side) {
    for (Source source : Source.values()) {
      if (source.has(name)) {
        return "class " + name + " is missing on " + side + "; " + source.remedy;
      }
    }
    throw new AssertionError("one of them has every name");
  }
}
