package io.github.cola4j.spark;

import io.github.cola4j.spark.concurrent.BundledRdd;
import io.github.cola4j.spark.inference.MultipleChoiceEvaluation;
import io.github.cola4j.spark.internal.prepare.TaskPreparation;
import io.github.cola4j.spark.internal.shard.TestRun;
import io.github.cola4j.spark.model.TrainingContext;
import io.github.cola4j.spark.training.TaskData;
import io.github.cola4j.spark.training.TestedTask;
import io.github.cola4j.spark.training.TrainedTask;
import io.github.cola4j.train.Evaluation;
import io.github.cola4j.train.language.LanguageModeling;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/** Evaluates trained parameters of tasks, on their data and on questions. */
record TaskEvaluation(JavaSparkContext spark, TrainingContext job, TaskPreparation preparation)
    implements AutoCloseable {

  /** As {@link MultiTaskTrainer#evaluate}. */
  List<Evaluation> evaluate(List<? extends TaskData<?>> data, List<float[]> theta) {
    return test(data, t -> TestRun.Sent.of(spark, theta.get(t)), 0).stream()
        .map(TestedTask::evaluation)
        .toList();
  }

  /** As {@link MultiTaskTrainer#test}. */
  List<TestedTask> test(List<? extends TaskData<?>> data, List<TrainedTask> trained, int mistakes) {
    return test(data, t -> TestRun.parameters(spark, trained.get(t)), mistakes);
  }

  private List<TestedTask> test(
      List<? extends TaskData<?>> data, IntFunction<TestRun.Parameters> theta, int mistakes) {
    Map<Integer, TestRun.Tested> tested = new HashMap<>();
    try (TaskPreparation.TestShards shards = preparation.testShards(data)) {
      for (int t = 0; t < data.size(); t++) {
        tested.put(t, new TestRun.Tested(data.get(t).objective(), theta.apply(t)));
      }
      return new ArrayList<>(
          TestRun.test(job, BundledRdd.union(spark, shards.byTask()), tested, mistakes).values());
    } finally {
      tested.values().forEach(task -> task.theta().destroy());
    }
  }

  /** As {@link MultiTaskTrainer#evaluateChoices}. */
  List<Evaluation> choices(
      List<? extends TaskData<?>> data,
      List<MultipleChoiceEvaluation> choices,
      IntFunction<float[]> theta) {
    List<Evaluation> evaluations = new ArrayList<>();
    for (int t = 0; t < choices.size(); t++) {
      evaluations.add(
          choices.get(t) == null
              ? null
              : choices(
                  choices.get(t),
                  new LanguageModeling(data.get(t).objective().prompt()),
                  theta.apply(t)));
    }
    return evaluations;
  }

  private Evaluation choices(
      MultipleChoiceEvaluation choices, LanguageModeling objective, float[] theta) {
    Broadcast<float[]> parameters = spark.broadcast(theta);
    try {
      return choices.evaluate(job, objective, parameters);
    } finally {
      parameters.destroy();
    }
  }

  @Override
  public void close() {
    job.initial().destroy();
  }
}
