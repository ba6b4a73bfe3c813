package io.github.cola4j.spark.averaging;

import io.github.cola4j.adapter.ParameterLayout.Kind;

/** Which parameters are averaged over the tasks, and not over a task's shards alone. */
public enum Scope {
  /** None: each task has its own adapter. */
  TASK,
  /** The adapter: one for all tasks, with a head (and weights of experts) each. */
  SHARED,
  /**
   * A; each task has its own B (HydraLoRA's finding, arXiv 2404.19245; FedSA-LoRA, arXiv
   * 2410.01463).
   */
  SHARED_A;

  /** Whether a kind of parameter is the same for all tasks. */
  public boolean shares(Kind kind) {
    return switch (this) {
      case TASK -> false;
      case SHARED -> kind == Kind.A || kind == Kind.B || kind == Kind.OTHER;
      case SHARED_A -> kind == Kind.A;
    };
  }
}
