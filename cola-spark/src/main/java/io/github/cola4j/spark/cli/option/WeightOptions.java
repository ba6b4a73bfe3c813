package io.github.cola4j.spark.cli.option;

import io.github.cola4j.io.weights.FloatType;
import java.util.Locale;
import picocli.CommandLine.Option;

/** How weights are written, and what model they name. */
public final class WeightOptions {
  /** PyTorch's types. */
  enum Dtype {
    f32(FloatType.F32),
    bf16(FloatType.BF16),
    f16(FloatType.F16);

    private final FloatType type;

    Dtype(FloatType type) {
      this.type = type;
    }
  }

  @Option(
      names = "--dtype",
      defaultValue = "f32",
      description =
          "Of the weights that are written: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})."
              + " Half types round; what that loses of the adapter's change is printed.")
  private Dtype dtype;

  @Option(
      names = "--base-name",
      paramLabel = "NAME",
      description = "What the base model is called in what is written, as on the Hub.")
  private String baseName;

  public FloatType type() {
    return dtype.type;
  }

  /** The name; null if none was given. */
  public String baseName() {
    return baseName;
  }

  /** What rounding lost, to print after the type; empty for float32. */
  public String lost(double share) {
    return dtype == Dtype.f32
        ? ""
        : String.format(
            Locale.ROOT, ", rounding loses %.2f %% of the adapter's change", 100 * share);
  }
}
