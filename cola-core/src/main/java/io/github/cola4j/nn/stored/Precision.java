package io.github.cola4j.nn.stored;

import java.util.Locale;

/** In which type the frozen weights' products take their inputs. */
public enum Precision {
  /** Products are exact in the stored W and take X as it is. */
  FLOAT32,
  /**
   * W and X of the frozen products are rounded to bfloat16, to nearest even; they add up in
   * float32, and everything else is float32.
   */
  BFLOAT16;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
