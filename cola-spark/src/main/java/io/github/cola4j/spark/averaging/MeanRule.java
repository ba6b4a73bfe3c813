package io.github.cola4j.spark.averaging;

import io.github.cola4j.adapter.ParameterLayout.Kind;
import io.github.cola4j.train.TaskState;
import java.util.EnumSet;
import java.util.Set;

/**
 * The weighted mean of what is trained. It is exact for products where one factor is the same in
 * all shards: Σ p_k B_k A = (Σ p_k B_k) A.
 */
enum MeanRule implements AveragingRule {
  /** FedAvg: A and B apart. */
  MEAN(Compatibility.ANY),
  /** RoLoRA (arXiv 2409.02346): B in odd rounds, A in even ones. */
  ALTERNATING(Compatibility.PAIRS) {
    @Override
    public Set<Kind> trained(int round) {
      return allBut(round % 2 == 1 ? Kind.A : Kind.B);
    }
  },
  /** FFA-LoRA (arXiv 2403.12313): B alone. */
  FROZEN_A(Compatibility.PAIRS) {
    @Override
    public Set<Kind> trained(int round) {
      return allBut(Kind.A);
    }
  },
  /** Of gradients, which weigh as many labels as they are of. */
  GRADIENTS(Compatibility.GRADIENTS);

  private final Compatibility compatibility;

  MeanRule(Compatibility compatibility) {
    this.compatibility = compatibility;
  }

  private static Set<Kind> allBut(Kind frozen) {
    EnumSet<Kind> trained = Kind.trainable();
    trained.remove(frozen);
    return trained;
  }

  @Override
  public Compatibility compatibility() {
    return compatibility;
  }

  @Override
  public boolean isElementwise() {
    return true;
  }

  @Override
  public TaskState average(Iterable<FedAvg.Weighted> updates, AdapterStructure adapters) {
    return FedAvg.average(updates);
  }
}
