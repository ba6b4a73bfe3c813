package io.github.cola4j.io.weights;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.apache.commons.text.similarity.LevenshteinDistance;

/** What all sources of weights share: canonical names, and messages on names and shapes. */
public final class TensorNames {
  /** Characters of what a file says that a message shows. */
  private static final int SHOWN = 200;

  /** Names among which the nearest is looked for. */
  private static final int MAX_COMPARED = 10_000;

  private TensorNames() {}

  /**
   * Maps the names this project uses to those of a file.
   *
   * @param renaming from a file's name to this project's
   * @throws IllegalArgumentException if two of the file's would have the same
   */
  public static Map<String, String> canonical(
      String source, Collection<String> names, UnaryOperator<String> renaming) {
    Map<String, String> canonical = new TreeMap<>();
    for (String name : names) {
      String key = renaming.apply(name);
      String other = canonical.put(key, name);
      if (other != null) {
        throw new IllegalArgumentException(
            source + ": both '" + other + "' and '" + name + "' would be '" + key + "'");
      }
    }
    return canonical;
  }

  /**
   * The value of a name.
   *
   * @param unreadable the types of tensors that are there and cannot be read
   */
  static <T> T get(
      Map<String, T> tensors, Map<String, String> unreadable, String name, String source) {
    T tensor = tensors.get(name);
    if (tensor != null) {
      return tensor;
    }
    if (unreadable.containsKey(name)) {
      throw new IllegalArgumentException(
          label(name, source)
              + ": expected dtype F32, F16, BF16 or F64, it has "
              + unreadable.get(name)
              + "; quantised weights are not supported, take the model's float weights");
    }
    LevenshteinDistance distance = LevenshteinDistance.getDefaultInstance();
    String nearest =
        tensors.keySet().stream()
            .limit(MAX_COMPARED)
            .filter(other -> other.length() <= SHOWN)
            .min(Comparator.comparingInt(other -> distance.apply(name, other)))
            .map(other -> "the nearest of its " + tensors.size() + " names is '" + other + "'")
            .orElse("it has " + tensors.size() + " others");
    throw new IllegalArgumentException(source + " has no tensor '" + name + "'; " + nearest);
  }

  /** A tensor as messages name it. */
  public static String label(String name, String source) {
    return "tensor '" + shown(name) + "' of " + source;
  }

  /** What a file says, as messages show it: not longer than a line, without control characters. */
  public static String shown(String text) {
    String start = text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
    return start.replaceAll("\\p{Cntrl}", "\uFFFD");
  }

  static void checkShape(String name, String source, long[] expected, long[] actual) {
    if (!Arrays.equals(expected, actual)) {
      throw new IllegalArgumentException(
          label(name, source)
              + ": expected shape "
              + Arrays.toString(expected)
              + ", it has "
              + Arrays.toString(actual)
              + "; weights and configuration do not belong together");
    }
  }

  /**
   * The product of a shape.
   *
   * @throws IllegalArgumentException if a dimension is negative or the product exceeds a long
   */
  static long elements(long[] shape, String label) {
    long product = 1;
    try {
      for (long dimension : shape) {
        if (dimension < 0) {
          throw new IllegalArgumentException(
              label + ": expected dimensions of 0 or more, got " + Arrays.toString(shape));
        }
        product = Math.multiplyExact(product, dimension);
      }
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          label + ": the shape " + Arrays.toString(shape) + " has more than 2^63 elements", e);
    }
    return product;
  }

  /** As {@link #elements}, for a Java array. */
  static int arrayLength(long[] shape, String label) {
    long elements = elements(shape, label);
    if (elements > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          label + ": " + elements + " elements; at most 2^31 - 9 can be read at a time");
    }
    return (int) elements;
  }
}
