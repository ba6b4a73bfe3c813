package io.github.cola4j.io.peft;

import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.io.weights.Safetensors;
import java.util.Arrays;

/** Tensors of PEFT as parameters of ours, which are column-major parts of a vector. */
final class PeftTensors {
  private PeftTensors() {}

  /**
   * Reads the tensor of one parameter.
   *
   * @param suffix of its name
   * @param module PEFT's name of the module
   */
  static void read(
      Safetensors source,
      String name,
      PeftReading reading,
      String suffix,
      String module,
      ParameterLayout.Entry entry,
      float[] theta) {
    int rows = entry.rows();
    int columns = entry.columns();
    if (reading.integers().contains(suffix)) {
      put(entry, PeftIntegers.read(source, name, columns, rows), theta);
      return;
    }
    switch (reading.order(suffix, module)) {
      case ROWS -> copy(entry, source.read(name, rows, columns), columns, theta);
      case COLUMNS -> put(entry, source.read(name, columns, rows), theta);
      case VECTOR -> put(entry, source.read(name, rows), theta);
      case BLOCKS ->
          put(entry, source.read(name, reading.shape(suffix, module, rows, columns)), theta);
    }
  }

  /** Multiplies the columns of a parameter by the elements of a tensor [columns, 1]. */
  static void scaleColumns(
      Safetensors source, String name, ParameterLayout.Entry entry, float[] theta) {
    float[] factors = source.read(name, entry.columns(), 1);
    for (int j = 0; j < entry.columns(); j++) {
      for (int i = 0; i < entry.rows(); i++) {
        theta[entry.offset() + j * entry.rows() + i] *= factors[j];
      }
    }
  }

  /**
   * Reads the part that a module has of a tensor of all modules, which has the same rank: the first
   * inputs or outputs.
   *
   * @throws IllegalArgumentException if the tensor has fewer, or another rank
   */
  static void readShared(
      Safetensors source,
      String name,
      PeftReading.Order order,
      ParameterLayout.Entry entry,
      float[] theta) {
    long[] shape = source.shape(name);
    boolean turned = order == PeftReading.Order.COLUMNS;
    int rows = turned ? entry.columns() : entry.rows();
    int columns = turned ? entry.rows() : entry.columns();
    boolean fits =
        shape.length == 2
            && (turned ? shape[0] == rows : shape[1] == columns)
            && shape[0] >= rows
            && shape[1] >= columns;
    if (!fits) {
      throw new IllegalArgumentException(
          String.format(
              "tensor '%s' of %s: expected [%d, %d] for %s, or more %s, it has %s",
              name,
              source.source(),
              rows,
              columns,
              entry.name(),
              turned ? "columns" : "rows",
              Arrays.toString(shape)));
    }
    float[] all = source.read(name, shape);
    int width = (int) shape[1];
    if (turned) {
      for (int k = 0; k < rows; k++) {
        System.arraycopy(all, k * width, theta, entry.offset() + k * columns, columns);
      }
    } else {
      copy(entry, all, width, theta);
    }
  }

  /** Elements in the parameter's own order. */
  private static void put(ParameterLayout.Entry entry, float[] columns, float[] theta) {
    System.arraycopy(columns, 0, theta, entry.offset(), columns.length);
  }

  /**
   * Row-major elements into the column-major parameter.
   *
   * @param width elements from a row to the next
   */
  static void copy(ParameterLayout.Entry entry, float[] rows, int width, float[] theta) {
    for (int i = 0; i < entry.rows(); i++) {
      for (int j = 0; j < entry.columns(); j++) {
        theta[entry.offset() + j * entry.rows() + i] = rows[i * width + j];
      }
    }
  }
}
