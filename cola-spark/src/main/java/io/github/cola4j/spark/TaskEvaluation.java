package io.github.cola4j.spark;

import io.github.cola4j.spark.inference.MultipleChoiceEvaluation;
import io.github.cola4j.spark.internal.prepare.ShardedTasks;
import io.github.cola4j.spark.internal.prepare.TaskPreparation;
import io.github.cola4j.spark.internal.round.RoundRunner;
import io.github.cola4j.spark.model.TrainingContext;
import io.github.cola4j.spark.training.TaskData;
import io.github.cola4j.spark.training.TestedTask;
import io.github.cola4j.train.Evaluation;
import io.github.cola4j.train.TaskState;
import io.github.cola4j.train.language.LanguageModeling;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/** Evaluates trained parameters of tasks, on their data and on questions. */
record TaskEvaluation(JavaSparkContext spark, TrainingContext job) {

  /** As {@link MultiTaskTrainer#test}. */
  List<TestedTask> test(
      List<? extends TaskData<?>> data,
      List<float[]> theta,
      TaskPreparation.TestShards shards,
      RoundRunner runner,
      int mistakes) {
    Map<Integer, RoundRunner.Assignment> assignments = new HashMap<>();
    try {
      for (int t = 0; t < data.size(); t++) {
        assignments.put(
            t,
            RoundRunner.Assignment.toEvaluate(
                data.get(t).objective(), spark.broadcast(TaskState.initial(theta.get(t)))));
      }
      return new ArrayList<>(
          runner.test(ShardedTasks.union(spark, shards.byTask()), assignments, mistakes).values());
    } finally {
      assignments.values().forEach(assignment -> assignment.state().destroy());
    }
  }

  /** As {@link MultiTaskTrainer#evaluateChoices}. */
  List<Evaluation> choices(
      List<? extends TaskData<?>> data,
      List<MultipleChoiceEvaluation> choices,
      List<float[]> theta) {
    List<Evaluation> evaluations = new ArrayList<>();
    for (int t = 0; t < choices.size(); t++) {
      evaluations.add(
          choices.get(t) == null
              ? null
              : choices(
                  choices.get(t),
                  new LanguageModeling(data.get(t).objective().prompt()),
                  theta.get(t)));
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
}
