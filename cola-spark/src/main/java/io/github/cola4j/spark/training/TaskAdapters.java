package io.github.cola4j.spark.training;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.Provenance;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.model.FrozenModel;
import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.train.TrainingConfig;

/**
 * What the adapters of one training are.
 *
 * @param model the frozen model
 * @param modules its adapted layers
 * @param training what they are trained with
 * @param initial the factors' starting values
 */
public record TaskAdapters(
    FrozenModel model, AdaptedModules modules, TrainingConfig training, float[] initial) {

  /**
   * What a task's adapter is; the SHA-256 of its data and its columns are for those to add who know
   * them.
   */
  public AdapterStore.Description describe(TaskData<?> task) {
    ProblemType problem = task.objective().problem();
    return new AdapterStore.Description(
            1,
            task.name(),
            task.objective().classes(),
            model.location(),
            model.fingerprint(),
            training.maxLength(),
            modules.config(),
            task.objective().prompt())
        .withProvenance(
            new Provenance(
                TaskAdapters.class.getPackage().getImplementationVersion(), training.seed(), null))
        .withQuantization(model.quantization())
        .withPooling(task.objective().pooling())
        .withPreference(task.objective().preference())
        .withProblemType(problem == ProblemType.SINGLE_LABEL ? null : problem);
  }

  /** The adapter that a task's parameters are. */
  public TrainedAdapter of(TaskData<?> task, float[] theta) {
    return TrainedAdapter.of(describe(task), modules, theta, initial);
  }
}
