package io.github.cola4j.spark.averaging;

import java.io.Serializable;
import java.util.List;

/**
 * Parts of a vector, so that they alone travel.
 *
 * @param windows ascending, without overlap
 */
public record Windows(List<Window> windows) implements Serializable {

  /** Elements from a place to another. */
  record Window(int from, int to) implements Serializable {}

  /** Keeps a copy. */
  public Windows {
    windows = List.copyOf(windows);
  }

  /** Appends a window, to the last one if it begins where that ends. */
  static void append(List<Window> windows, int from, int to) {
    int last = windows.size() - 1;
    if (last >= 0 && windows.get(last).to() == from) {
      windows.set(last, new Window(windows.get(last).from(), to));
    } else {
      windows.add(new Window(from, to));
    }
  }

  /** The number of elements. */
  public int length() {
    return windows.stream().mapToInt(window -> window.to() - window.from()).sum();
  }

  /** The parts, one after the other; the vector itself if it is one part. */
  public float[] of(float[] vector) {
    if (length() == vector.length) {
      return vector;
    }
    float[] parts = new float[length()];
    int next = 0;
    for (Window window : windows) {
      System.arraycopy(vector, window.from(), parts, next, window.to() - window.from());
      next += window.to() - window.from();
    }
    return parts;
  }

  /**
   * A vector with other values in the parts; neither argument is changed.
   *
   * @throws InconsistentUpdatesException if the parts have another length
   */
  public float[] replace(float[] vector, float[] parts) {
    if (parts.length != length()) {
      throw new InconsistentUpdatesException(
          "expected " + length() + " trained parameters of a shard, got " + parts.length);
    }
    if (parts.length == vector.length) {
      return parts;
    }
    float[] replaced = vector.clone();
    int next = 0;
    for (Window window : windows) {
      System.arraycopy(parts, next, replaced, window.from(), window.to() - window.from());
      next += window.to() - window.from();
    }
    return replaced;
  }
}
