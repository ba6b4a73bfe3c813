package io.github.cola4j.spark.data;

import java.io.Serializable;

/**
 * An example and whose it is.
 *
 * @param <T> what examples are
 * @param task the value of the row's task column
 * @param example what the rest of the row is
 */
public record TaskRow<T extends Serializable>(String task, T example) implements Serializable {

  /**
   * What rows are counted by.
   *
   * @param label the example's; empty where examples have none
   */
  public record Key(String task, String label) {
    /** As one string, from which both can be told again whatever is in them. */
    String encoded() {
      return task.length() + ":" + task + label;
    }

    /** The key that a string encodes. */
    static Key decoded(String encoded) {
      int colon = encoded.indexOf(':');
      int end = colon + 1 + Integer.parseInt(encoded.substring(0, colon));
      return new Key(encoded.substring(colon + 1, end), encoded.substring(end));
    }
  }
}
