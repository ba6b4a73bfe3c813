package io.github.cola4j.spark.training;

import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.model.FrozenModel;
import io.github.cola4j.model.loss.ProblemType;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The adapters that tasks resume from, with the optimiser's moments where they have them.
 *
 * @param adapters by the name of the task that resumes from it; at least one, all with the same
 *     starting values of their factors
 */
public record TrainingStart(Map<String, TrainedAdapter> adapters) {
  /** Copies the map and checks the adapters. */
  public TrainingStart {
    adapters = Map.copyOf(adapters);
    if (adapters.isEmpty()) {
      throw new IllegalArgumentException(
          "there is no adapter to start from; give one for every task, or train from scratch");
    }
    TrainedAdapter first = adapters.values().iterator().next();
    for (TrainedAdapter other : adapters.values()) {
      if (!Arrays.equals(other.initial(), first.initial())) {
        throw new IllegalArgumentException(
            "the adapters started from different values, so they cannot be trained in one job");
      }
    }
  }

  /** Adapters of the tasks that they were trained for. */
  public static TrainingStart of(List<TrainedAdapter> adapters) {
    Map<String, TrainedAdapter> byTask = new LinkedHashMap<>();
    for (TrainedAdapter adapter : adapters) {
      String task = adapter.description().task();
      if (byTask.put(task, adapter) != null) {
        throw new IllegalArgumentException(
            "two adapters to start from are of the task '" + task + "'; give one a task");
      }
    }
    return new TrainingStart(byTask);
  }

  /** The factors' starting values, whose product is subtracted. */
  public float[] initial() {
    return adapters.values().iterator().next().initial();
  }

  /**
   * The adapter that a task resumes from.
   *
   * @param classes the task's
   * @param problem what the task's labels are
   * @throws IllegalArgumentException if there is none, or it has other classes
   */
  public TrainedAdapter adapter(String task, List<String> classes, ProblemType problem) {
    TrainedAdapter adapter = adapters.get(task);
    if (adapter == null) {
      throw new IllegalArgumentException(
          "there is no adapter for task '"
              + task
              + "' to start from, but for "
              + adapters.keySet());
    }
    if (adapter.description().problem() != problem) {
      throw new IllegalArgumentException(
          String.format(
              "task '%s' is of problemType: %s, the adapter that it starts from of %s",
              task, problem.key(), adapter.description().problem().key()));
    }
    if (!adapter.description().classes().equals(classes)) {
      throw new IllegalArgumentException(
          "task '"
              + task
              + "' has the classes "
              + classes
              + ", the adapter that it starts from "
              + adapter.description().classes()
              + "; give the task's classes in that order");
    }
    return adapter;
  }

  /**
   * Refuses adapters of another model or form.
   *
   * @param adapter how layers are adapted in training
   */
  public void requireFit(FrozenModel model, AdapterConfig adapter) {
    adapters.forEach(
        (task, its) -> {
          AdapterStore.Description description = its.description();
          description.requireModel(
              "that task '" + task + "' starts from", model.location(), model.fingerprint());
          if (!description.adapter().equals(adapter)) {
            throw new IllegalArgumentException(
                "the adapter that task '"
                    + task
                    + "' starts from adapts layers by "
                    + description.adapter()
                    + ", expected the same configuration as for training, got "
                    + adapter);
          }
        });
  }
}
