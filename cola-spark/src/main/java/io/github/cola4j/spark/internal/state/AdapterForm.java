package io.github.cola4j.spark.internal.state;

import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.io.adapter.AdapterMoments;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.train.TaskState;
import java.io.Serializable;

/**
 * How states become adapters, on the driver or on executors.
 *
 * @param factors of an adapter, without a head
 * @param initial their starting values
 * @param states how states have the factors
 * @param hasMoments whether states have the moments of one optimiser, to go on with
 */
public record AdapterForm(
    ParameterLayout factors, float[] initial, StateForm.Reading states, boolean hasMoments)
    implements Serializable {

  /**
   * The adapter of a task.
   *
   * @param stepsBefore that the moments had behind them before training
   */
  public TrainedAdapter of(AdapterStore.Description description, TaskState state, int stepsBefore) {
    TrainedAdapter adapter =
        TrainedAdapter.of(description, factors, states.expand(state.theta()), initial);
    return hasMoments
        ? adapter.withMoments(
            new AdapterMoments(
                states.expand(state.m()),
                states.expand(state.v()),
                Math.addExact(stepsBefore, state.step())))
        : adapter;
  }
}
