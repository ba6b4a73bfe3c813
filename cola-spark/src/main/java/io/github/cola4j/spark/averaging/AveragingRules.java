package io.github.cola4j.spark.averaging;

import io.github.cola4j.train.TrainingConfig;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/** The rules by name, and what each can be used for. */
public final class AveragingRules {
  /** The rule of one optimiser for all shards. */
  public static final String GRADIENTS = "gradients";

  /** The rule that needs {@code adapter.residual}. */
  static final String RESIDUAL = "residual";

  private static final Map<String, Function<AveragingConfig, AveragingRule>> ALL =
      new LinkedHashMap<>();

  static {
    ALL.put("mean", config -> MeanRule.MEAN);
    ALL.put("alternating", config -> MeanRule.ALTERNATING);
    ALL.put("frozen_a", config -> MeanRule.FROZEN_A);
    ALL.put("product", config -> new ProductRule());
    ALL.put("fair", config -> new FairRule(config.lambda()));
    ALL.put(RESIDUAL, config -> new ResidualRule());
    ALL.put(GRADIENTS, config -> MeanRule.GRADIENTS);
  }

  private AveragingRules() {}

  /** The rule of a configuration. */
  public static AveragingRule of(AveragingConfig config) {
    return ALL.get(config.rule()).apply(config);
  }

  /** Refuses a name that no rule has. */
  static void requireName(String rule) {
    if (!ALL.containsKey(rule)) {
      throw new IllegalArgumentException(
          "unknown spark.averaging.rule '"
              + rule
              + "'; there are "
              + String.join(", ", ALL.keySet()));
    }
  }

  /**
   * Refuses an averaging that cannot do what it promises.
   *
   * @param adapters what is averaged
   * @throws IllegalArgumentException saying why, and what can be done
   */
  public static void requireFit(
      AveragingConfig config, Scope scope, TrainingConfig training, AdapterStructure adapters) {
    AveragingRule.Compatibility compatibility = of(config).compatibility();
    String rule = "spark.averaging.rule " + config.rule();
    boolean pairs =
        compatibility == AveragingRule.Compatibility.PAIRS
            || compatibility == AveragingRule.Compatibility.PAIRS_OF_ONE_TASK;
    if (pairs && adapters.pairs().isEmpty()) {
      throw new IllegalArgumentException(
          rule
              + " is for adapters that are products of A and B and nothing else: adapter.method"
              + " cola, lora, rslora, lora+ or pissa; take one of them, or rule mean");
    }
    if (config.rule().equals(RESIDUAL)
        && adapters.pairs().stream().anyMatch(pair -> adapters.residual(pair).isEmpty())) {
      throw new IllegalArgumentException(
          rule
              + " keeps what the mean loses in a pair of rank adapter.residual: expected 1 or more,"
              + " got 0; set it, for example to twice adapter.rank, or take rule product");
    }
    boolean oneTask =
        compatibility == AveragingRule.Compatibility.GRADIENTS
            || compatibility == AveragingRule.Compatibility.PAIRS_OF_ONE_TASK;
    if (oneTask && scope != Scope.TASK) {
      throw new IllegalArgumentException(
          rule
              + " is for spark.scope task: averages over tasks come after it, of A and B apart, and"
              + " undo what it does; got "
              + scope
              + "; take rule mean, alternating or frozen_a");
    }
    if (training.boosting() != null && !config.equals(AveragingConfig.defaults())) {
      throw new IllegalArgumentException(
          "training.boosting trains some columns of A and B with moments of their own: expected"
              + " spark.averaging.rule mean, moments average and no outer, got "
              + config
              + "; leave spark.averaging out");
    }
  }
}
