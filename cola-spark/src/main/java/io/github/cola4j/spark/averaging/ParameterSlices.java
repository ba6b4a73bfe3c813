package io.github.cola4j.spark.averaging;

import java.io.Serializable;
import java.util.List;

/**
 * The slices of a parameter vector that a round trains; only these are sent.
 *
 * @param slices ascending, without overlap
 */
public record ParameterSlices(List<Slice> slices) implements Serializable {

  /** Elements [from, to). */
  public record Slice(int from, int to) implements Serializable {}

  /** Keeps a copy. */
  public ParameterSlices {
    slices = List.copyOf(slices);
  }

  /** Appends a slice, to the last one if it begins where that ends. */
  public static void append(List<Slice> slices, int from, int to) {
    int last = slices.size() - 1;
    if (last >= 0 && slices.get(last).to() == from) {
      slices.set(last, new Slice(slices.get(last).from(), to));
    } else {
      slices.add(new Slice(from, to));
    }
  }

  /** The number of elements. */
  public int length() {
    return slices.stream().mapToInt(slice -> slice.to() - slice.from()).sum();
  }

  /** The parts, one after the other; the vector itself if it is one part. */
  public float[] of(float[] vector) {
    if (length() == vector.length) {
      return vector;
    }
    float[] parts = new float[length()];
    int next = 0;
    for (Slice slice : slices) {
      System.arraycopy(vector, slice.from(), parts, next, slice.to() - slice.from());
      next += slice.to() - slice.from();
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
    put(parts, replaced);
    return replaced;
  }

  /** Puts parts in their places in a vector. */
  public void put(float[] parts, float[] vector) {
    int next = 0;
    for (Slice slice : slices) {
      System.arraycopy(parts, next, vector, slice.from(), slice.to() - slice.from());
      next += slice.to() - slice.from();
    }
  }
}
