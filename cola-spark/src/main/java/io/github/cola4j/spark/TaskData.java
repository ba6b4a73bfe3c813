package io.github.cola4j.spark;

import io.github.cola4j.data.Example;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.spark.api.java.JavaRDD;

/**
 * The data of one classification task. The order of each data set must be the same at every
 * computation, as that of files is.
 *
 * @param name letters, digits, dot, dash, underscore: it becomes a folder's name
 * @param classes the labels, at least two; a label's number is its place
 * @param train training examples
 * @param validation validation examples; null holds out a tenth of the training examples
 */
public record TaskData(
    String name, List<String> classes, JavaRDD<Example> train, JavaRDD<Example> validation) {
  private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N}_][\\p{L}\\p{N}._-]{0,99}");

  /** Checks name and classes. */
  public TaskData {
    requireName(name);
    classes = List.copyOf(classes);
    requireClasses(name, classes);
  }

  /** Refuses less than two classes, and one named twice. */
  public static void requireClasses(String name, List<String> classes) {
    if (new HashSet<>(classes).size() != classes.size()) {
      throw new IllegalArgumentException("task '" + name + "' names a class twice: " + classes);
    }
    if (classes.size() < 2) {
      throw new IllegalArgumentException(
          "task '" + name + "' needs at least two classes, got " + classes);
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
