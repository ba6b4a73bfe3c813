package io.github.cola4j.nn.stored;

import java.io.Serializable;

/**
 * How a frozen model's weights are kept and multiplied.
 *
 * @param compute in which type the frozen products take their inputs
 * @param quantize what the weights of the blocks' linear layers are quantised to when they are
 *     loaded; null for none
 */
public record WeightOptions(Precision compute, Quantization quantize) implements Serializable {
  /** As the files have them, multiplied exactly. */
  public static final WeightOptions DEFAULT = new WeightOptions(Precision.FLOAT32);

  /** Weights as the files have them. */
  public WeightOptions(Precision compute) {
    this(compute, null);
  }

  /** Fills in what is null. */
  public WeightOptions {
    compute = compute == null ? Precision.FLOAT32 : compute;
  }

  /** As keys of a job file. */
  @Override
  public String toString() {
    return "compute: " + compute + (quantize == null ? "" : ", quantize: " + quantize);
  }
}
