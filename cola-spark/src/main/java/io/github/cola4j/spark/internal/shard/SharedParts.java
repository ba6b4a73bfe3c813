package io.github.cola4j.spark.internal.shard;

import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.spark.averaging.ParameterSlices;
import io.github.cola4j.spark.averaging.Scope;
import io.github.cola4j.train.TaskState;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * What tasks share of their states, in parts that are averaged each by itself: the mean over tasks
 * is one of each element.
 *
 * @param parts of the adapters' parameters, which begin every task's vector; their heads may differ
 */
public record SharedParts(List<ParameterSlices> parts) implements Serializable {

  /** Keeps a copy. */
  public SharedParts {
    parts = List.copyOf(parts);
  }

  /**
   * The parts that a scope shares.
   *
   * @param elements of a part at least, but of the last; entries of the layout stay whole
   */
  public static SharedParts of(ParameterLayout layout, Scope scope, int elements) {
    List<ParameterSlices> parts = new ArrayList<>();
    List<ParameterSlices.Slice> slices = new ArrayList<>();
    int length = 0;
    for (ParameterLayout.Entry entry : layout.entries()) {
      if (scope.shares(entry.kind())) {
        ParameterSlices.append(slices, entry.offset(), entry.offset() + entry.length());
        length += entry.length();
      }
      if (length >= elements) {
        parts.add(new ParameterSlices(slices));
        slices = new ArrayList<>();
        length = 0;
      }
    }
    if (length > 0) {
      parts.add(new ParameterSlices(slices));
    }
    return new SharedParts(parts);
  }

  /** One part of a state. */
  public TaskState part(int part, TaskState state) {
    ParameterSlices slices = parts.get(part);
    return new TaskState(
        slices.of(state.theta()), slices.of(state.m()), slices.of(state.v()), state.step());
  }

  /**
   * A state with other values in its parts; no argument is changed.
   *
   * @param means of all parts, in their order
   */
  public TaskState replace(TaskState state, List<TaskState> means) {
    float[] theta = state.theta().clone();
    float[] m = state.m().clone();
    float[] v = state.v().clone();
    for (int p = 0; p < parts.size(); p++) {
      parts.get(p).put(means.get(p).theta(), theta);
      parts.get(p).put(means.get(p).m(), m);
      parts.get(p).put(means.get(p).v(), v);
    }
    return new TaskState(theta, m, v, state.step());
  }
}
