package io.github.cola4j.spark.training;

import io.github.cola4j.data.Example;
import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.model.pooling.Pooling;
import io.github.cola4j.train.Classification;
import io.github.cola4j.train.Objective;
import java.io.Serializable;
import java.nio.charset.Charset;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.spark.api.java.JavaRDD;

/**
 * The data of one task. The order of each data set must be the same at every computation, as that
 * of files is.
 *
 * @param <E> an example before it is tokenised
 * @param name letters, digits, dot, dash, underscore: it becomes a folder's name
 * @param objective what is learnt from an example
 * @param train training examples
 * @param validation validation examples; null holds out a tenth of the training examples
 */
public record TaskData<E extends Serializable>(
    String name, Objective<E> objective, JavaRDD<E> train, JavaRDD<E> validation) {
  private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N}_][\\p{L}\\p{N}._-]{0,99}");

  /** Checks the name. */
  public TaskData {
    requireName(name);
  }

  /**
   * A classification task.
   *
   * @param classes the labels, at least two; a label's number is its place
   */
  public static TaskData<Example> classification(
      String name, List<String> classes, JavaRDD<Example> train, JavaRDD<Example> validation) {
    return classification(name, classes, null, train, validation);
  }

  /**
   * A classification task whose texts have other embeddings than the mean over their tokens.
   *
   * @param pooling how an embedding is made; null for the mean
   */
  public static TaskData<Example> classification(
      String name,
      List<String> classes,
      Pooling pooling,
      JavaRDD<Example> train,
      JavaRDD<Example> validation) {
    return classification(name, classes, pooling, ProblemType.SINGLE_LABEL, train, validation);
  }

  /**
   * A task whose examples have several labels, or a number.
   *
   * @param classes the labels; of a regression {@link Classification#NUMBER}
   * @param pooling how an embedding is made; null for the mean
   * @param problem what labels are
   */
  public static TaskData<Example> classification(
      String name,
      List<String> classes,
      Pooling pooling,
      ProblemType problem,
      JavaRDD<Example> train,
      JavaRDD<Example> validation) {
    return new TaskData<>(name, objective(name, classes, pooling, problem), train, validation);
  }

  /** Refuses too few classes, and one named twice. */
  public static void requireClasses(String name, List<String> classes, ProblemType problem) {
    objective(name, classes, null, problem);
  }

  static Classification objective(
      String name, List<String> classes, Pooling pooling, ProblemType problem) {
    try {
      return new Classification(classes, pooling, problem);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("task '" + name + "' " + e.getMessage(), e);
    }
  }

  /** Refuses a name that cannot be a folder's. */
  public static void requireName(String name) {
    if (name == null) {
      throw new IllegalArgumentException("a task has no 'name'; its adapter's folder needs one");
    }
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "task name '"
              + name
              + "': expected letters, digits, '_', '-' and '.', not at the start, at most 100, "
              + "since it becomes a folder's name");
    }
    String encoding = System.getProperty("sun.jnu.encoding");
    if (!Charset.forName(encoding).newEncoder().canEncode(name)) {
      throw new IllegalArgumentException(
          "task name '"
              + name
              + "': this program can name files in "
              + encoding
              + " only; set LC_ALL=C.UTF-8");
    }
  }

  /** Refuses two tasks of one name, also such as a file system may not tell apart. */
  public static void requireDistinct(List<String> names) {
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      if (!seen.add(name.toLowerCase(java.util.Locale.ROOT))) {
        throw new IllegalArgumentException(
            "two tasks are named '" + name + "'; every task needs a name of its own");
      }
    }
  }
}
