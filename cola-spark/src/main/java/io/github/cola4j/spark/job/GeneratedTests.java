package io.github.cola4j.spark.job;

import io.github.cola4j.data.Dialogue;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.spark.inference.LanguageModelRunner;
import io.github.cola4j.spark.inference.score.AnswerProgress;
import io.github.cola4j.spark.inference.score.GeneratedAnswers;
import io.github.cola4j.spark.job.spec.Job;
import io.github.cola4j.spark.job.spec.TaskSpec;
import io.github.cola4j.spark.training.TrainedTask;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.SparkSession;

/** Answers the test dialogues of a job's tasks, as {@code cola evaluate --generate} does. */
final class GeneratedTests {
  private GeneratedTests() {}

  /**
   * The trained tasks' own answers.
   *
   * @return by task; null where the job asks for none
   */
  static List<GeneratedAnswers> of(
      SparkSession session,
      Job job,
      BaseModel model,
      JobData data,
      List<TrainedTask> trained,
      JobListener listener) {
    int shown = job.report().examples() ? JobReport.EXAMPLES : 0;
    List<GeneratedAnswers> answers = new ArrayList<>();
    for (int t = 0; t < trained.size(); t++) {
      TaskSpec task = job.tasks().get(t);
      if (task.generate() == null) {
        answers.add(null);
        continue;
      }
      JavaRDD<Dialogue> dialogues = data.tests().get(t).train().map(Dialogue.class::cast);
      AnswerProgress progress =
          new AnswerProgress(task.name(), dialogues.count(), listener::progress);
      try (LanguageModelRunner runner =
          new LanguageModelRunner(session, List.of(trained.get(t).adapter()), model)) {
        answers.add(
            runner.evaluateAnswers(
                task.name(), false, dialogues, task.generate().sampling(), shown, progress));
      }
    }
    return answers;
  }
}
