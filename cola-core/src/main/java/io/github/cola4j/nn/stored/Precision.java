package io.github.cola4j.nn.stored;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;

/** In which type the frozen weights' products take their inputs. */
public enum Precision {
  /** Products are exact in the stored W and take X as it is. */
  @JsonProperty("float32")
  FLOAT32,
  /**
   * W and X of the frozen products are rounded to bfloat16, to nearest even; they add up in
   * float32, and everything else is float32 unless a GPU says otherwise ({@link
   * io.github.cola4j.nn.KernelProvider#kernels(org.nd4j.linalg.api.buffer.DataType, Precision)}).
   * An {@link Int8Matrix} loses nothing: its integers q are exact, and its scales s stay float32, W
   * X = s ∘ (q X) and Wᵀ dY = qᵀ (s ∘ dY), where X and s ∘ dY are rounded.
   */
  @JsonProperty("bfloat16")
  BFLOAT16;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
