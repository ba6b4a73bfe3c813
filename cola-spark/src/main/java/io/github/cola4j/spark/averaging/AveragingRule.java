package io.github.cola4j.spark.averaging;

import io.github.cola4j.adapter.ParameterLayout.Kind;
import io.github.cola4j.train.TaskState;
import java.io.Serializable;
import java.util.Set;

/**
 * What becomes of the states of one task's shards after a round. A pure value, with a name in
 * {@link AveragingRules}.
 */
public interface AveragingRule extends Serializable {

  /** Which adapters and scopes a rule is compatible with. */
  enum Compatibility {
    /** Any adapter, and averages over tasks beside it. */
    ANY,
    /** Adapters that add s Σ P_ij B_j A_i and have no other parameters. */
    PAIRS,
    /** The same; and what it makes of A and B does not survive averages over tasks. */
    PAIRS_OF_ONE_TASK,
    /** Any adapter, each task by itself: shards send gradients, and there is one optimiser. */
    GRADIENTS
  }

  /** What it is compatible with. */
  Compatibility compatibility();

  /**
   * Which kinds of parameters a round trains; the others stay as they are and do not travel.
   *
   * @param round from 1
   */
  default Set<Kind> trained(int round) {
    return Kind.trainable();
  }

  /**
   * Whether each element of the mean depends on that element of the states alone, so that slices of
   * states may be averaged apart, to the same bits.
   */
  default boolean isElementwise() {
    return false;
  }

  /**
   * One state for the task. A single state that counts comes back to the bit.
   *
   * @param updates in the order of the shards, all of one step and one length; read once, one after
   *     the other
   * @throws InconsistentUpdatesException if they do not fit together
   */
  TaskState average(Iterable<FedAvg.Weighted> updates, AdapterStructure adapters);
}
