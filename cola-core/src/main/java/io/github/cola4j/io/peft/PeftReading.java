package io.github.cola4j.io.peft;

import java.util.Map;
import java.util.Set;

/** An adapter of HF PEFT as a method of ours. Modules are named as in PEFT. */
public interface PeftReading {

  /** How a tensor has a parameter [rows × columns] of ours. */
  enum Order {
    /** As [rows, columns]. */
    ROWS,
    /** As [columns, rows]. */
    COLUMNS,
    /** As [rows]: there is one column. */
    VECTOR,
    /** Element by element in our order, column by column, as {@link #shape}. */
    BLOCKS
  }

  /** The method's name. */
  String method();

  /** Our parameters by the suffixes of PEFT's tensors. */
  Map<String, String> parameters();

  /** How a module's tensor of a suffix has its parameter. */
  Order order(String suffix, String module);

  /**
   * The shape of a tensor in blocks.
   *
   * @param rows of our parameter
   * @param columns of our parameter
   */
  default long[] shape(String suffix, String module, int rows, int columns) {
    throw new UnsupportedOperationException(suffix + " has no shape of its own");
  }

  /**
   * Tensors of all modules, by their complete names, with the parameter that has their first rows
   * and columns; {@link #order} has these names for suffixes, and no module.
   */
  default Map<String, String> shared() {
    return Map.of();
  }

  /**
   * The suffixes of tensors [columns, 1] by whose elements the columns of a parameter are
   * multiplied, by the suffix of that parameter's tensor.
   */
  default Map<String, String> factors() {
    return Map.of();
  }

  /** The suffixes of tensors that hold integers; floats without a fraction will do. */
  default Set<String> integers() {
    return Set.of();
  }

  /** The rank of a module; 1 where the method has none, 0 for a module that is left out. */
  default int rank(String module) {
    return 1;
  }

  /** Our alpha of a module. */
  default double alpha(String module) {
    return rank(module);
  }

  /** The probability of dropping an input. */
  default double dropout() {
    return 0;
  }

  /**
   * The method's options.
   *
   * @param modules our names of the adapted modules, by those of PEFT
   */
  default Map<String, Object> options(Map<String, String> modules) {
    return Map.of();
  }
}
