package io.github.cola4j.io.adapter;

import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.io.weights.Safetensors;
import io.github.cola4j.io.weights.SafetensorsWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Adam's moments of an adapter's parameters, in a file {@code moments.safetensors} beside it, so
 * that training can resume where it ended. Whoever only uses the adapter may delete the file.
 *
 * @param m first moment [P], in the order of the adapter's layout
 * @param v second moment [P]
 * @param steps that the moments have behind them, for the correction of their bias
 */
public record AdapterMoments(float[] m, float[] v, int steps) {
  /** The file's name. */
  public static final String FILE = "moments.safetensors";

  private static final String STEPS = "steps";

  /** Checks that the vectors have one length. */
  public AdapterMoments {
    if (m.length != v.length || steps < 0) {
      throw new IllegalArgumentException(
          "expected two moments of one length after 0 or more steps, got "
              + m.length
              + " and "
              + v.length
              + " after "
              + steps);
    }
  }

  /**
   * Writes the file; it is there completely or not at all.
   *
   * @param layout of the adapter with its head
   * @throws IllegalArgumentException if the moments are not as long, or one is not finite
   */
  public void save(Path folder, ParameterLayout layout) {
    if (m.length != layout.length()) {
      throw new IllegalArgumentException(
          "expected moments of " + layout.length() + " parameters, got " + m.length);
    }
    Map<String, SafetensorsWriter.Tensor> tensors = new LinkedHashMap<>();
    for (ParameterLayout.Entry entry : layout.entries()) {
      tensors.put(name("m", entry), tensor(entry, m));
      tensors.put(name("v", entry), tensor(entry, v));
    }
    SafetensorsWriter.write(
        folder.resolve(FILE), tensors, Map.of("format", "pt", STEPS, Integer.toString(steps)));
  }

  /**
   * Reads the file.
   *
   * @param layout of the adapter with its head
   * @return null where there is none
   * @throws IllegalArgumentException if it is not of such an adapter, or damaged
   */
  public static AdapterMoments load(Path folder, ParameterLayout layout) {
    Path path = folder.resolve(FILE);
    if (!Files.isRegularFile(path)) {
      return null;
    }
    float[] m = new float[layout.length()];
    float[] v = new float[layout.length()];
    try (Safetensors file = Safetensors.open(path)) {
      for (ParameterLayout.Entry entry : layout.entries()) {
        read(file, name("m", entry), entry, m);
        read(file, name("v", entry), entry, v);
      }
      for (int i = 0; i < v.length; i++) {
        if (v[i] < 0) {
          throw new IllegalArgumentException(
              path + ": a second moment is a mean of squares, got " + v[i]);
        }
      }
      return new AdapterMoments(m, v, steps(path, file.metadata().get(STEPS)));
    }
  }

  private static int steps(Path path, String text) {
    try {
      int steps = Integer.parseInt(String.valueOf(text));
      if (steps >= 0) {
        return steps;
      }
    } catch (NumberFormatException e) {
      // told below
    }
    throw new IllegalArgumentException(
        path + ": expected the metadata '" + STEPS + "', a number from 0, got " + text);
  }

  private static String name(String moment, ParameterLayout.Entry entry) {
    return moment + "." + entry.name().replace('/', '.');
  }

  /** The window of a column-major matrix is its transpose, row-major: [columns, rows]. */
  private static SafetensorsWriter.Tensor tensor(ParameterLayout.Entry entry, float[] vector) {
    return new SafetensorsWriter.Tensor(
        new long[] {entry.columns(), entry.rows()},
        Arrays.copyOfRange(vector, entry.offset(), entry.offset() + entry.length()));
  }

  private static void read(
      Safetensors file, String name, ParameterLayout.Entry entry, float[] vector) {
    float[] elements = file.read(name, entry.columns(), entry.rows());
    System.arraycopy(elements, 0, vector, entry.offset(), elements.length);
  }
}
