package io.github.cola4j.spark.model;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.model.FrozenModel;
import io.github.cola4j.train.TrainingConfig;
import java.io.Serializable;
import org.apache.spark.broadcast.Broadcast;

/**
 * What every task of a job needs besides data and states.
 *
 * @param id different for every job
 * @param initial the factors' starting values, laid out as states are
 * @param collapsed whether states have equal factors once, as {@link AdaptedModules#collapsed}
 */
public record TrainingContext(
    String id,
    ModelReference model,
    AdapterConfig adapter,
    TrainingConfig training,
    Broadcast<float[]> initial,
    boolean collapsed)
    implements Serializable {

  /** Of states that have every factor. */
  public TrainingContext(
      String id,
      ModelReference model,
      AdapterConfig adapter,
      TrainingConfig training,
      Broadcast<float[]> initial) {
    this(id, model, adapter, training, initial, false);
  }

  /** The adapted layers of the model, laid out as states are. */
  AdaptedModules modules(FrozenModel base) {
    AdaptedModules all = new AdaptedModules(base.linears(), adapter);
    return collapsed ? all.collapsed().orElseThrow() : all;
  }
}
