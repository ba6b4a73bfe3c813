package io.github.cola4j.adapter;

import io.github.cola4j.nn.Matrix;

/**
 * One module's parameters in a flat vector.
 *
 * @param module the module's name
 * @param layout where they lie; their names are {@code module/name}
 * @param vector beginning as the layout says [P × 1]
 */
public record ModuleParameters(String module, ParameterLayout layout, Matrix vector) {

  /** The window of a parameter. */
  public Matrix get(String name) {
    return layout.entry(module + "/" + name).of(vector);
  }

  /** Those of another module, in the same vector. */
  public ModuleParameters of(String other) {
    return new ModuleParameters(other, layout, vector);
  }
}
