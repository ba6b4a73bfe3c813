package io.github.cola4j.spark.job;

import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.spark.inference.score.GeneratedAnswers;
import io.github.cola4j.spark.job.output.Output;
import io.github.cola4j.spark.job.spec.Job;
import io.github.cola4j.spark.report.Choices;
import io.github.cola4j.spark.report.Environment;
import io.github.cola4j.spark.report.RunReport;
import io.github.cola4j.spark.report.TaskReport;
import io.github.cola4j.spark.storage.Locations;
import io.github.cola4j.spark.training.TestedTask;
import io.github.cola4j.spark.training.TrainedTask;
import io.github.cola4j.train.Evaluation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.SparkContext;

/** What a job's run knows, as its report wants it. */
final class JobReport {
  /** Mistakes, or generated answers, of a task that are listed if the job asks for some. */
  static final int EXAMPLES = 20;

  private JobReport() {}

  /**
   * What became of the tasks.
   *
   * @param tests null where a task has none
   * @param probes empty if they were not asked for
   * @param before of questions, null where a task has none
   * @param after likewise
   * @param answers to the test dialogues, null where a task has none
   */
  record Outcome(
      List<TrainedTask> trained,
      List<TestedTask> tests,
      List<Double> probes,
      List<Evaluation> before,
      List<Evaluation> after,
      List<GeneratedAnswers> answers) {

    TaskReport task(int t, JobData data) {
      TrainedTask task = trained.get(t);
      return TaskReport.of(task)
          .withData(data.summary(task.data()))
          .withTest(tests.get(t))
          .withProbe(probes.isEmpty() ? null : probes.get(t))
          .withChoices(after.get(t) == null ? null : new Choices(before.get(t), after.get(t)))
          .withAnswers(answers.get(t));
    }

    /** A task's part of the results. */
    TaskResult result(int t, JobData data) {
      TrainedTask task = trained.get(t);
      Evaluation test = tests.get(t) == null ? null : tests.get(t).evaluation();
      Evaluation first = before.get(t);
      Evaluation last = after.get(t);
      Map<String, Long> bad = data.badRowsOf(task.name());
      return new TaskResult(
          task.name(),
          task.classes().size(),
          task.trainExamples(),
          test == null ? 0 : test.examples(),
          probes.isEmpty() ? null : probes.get(t),
          test == null || test.numbers() != null ? null : test.accuracy(),
          test == null || test.numbers() != null ? null : test.macroF1(),
          test == null || test.texts() == null ? null : test.microF1(),
          test == null ? null : test.r2(),
          test == null || test.numbers() == null ? null : test.numbers().meanAbsoluteError(),
          test == null || test.numbers() == null ? null : test.numbers().spearman(),
          test == null ? null : test.loss(),
          test == null || !task.classes().isEmpty() || test.margin() != null
              ? null
              : test.perplexity(),
          test == null ? null : test.margin(),
          first == null ? null : first.accuracy(),
          last == null ? null : last.accuracy(),
          last == null ? null : last.examples(),
          answers.get(t) == null ? null : answers.get(t).figures(),
          task.validation().numbers() != null ? null : task.validation().accuracy(),
          task.validation().loss(),
          task.bestRound(),
          task.rounds(),
          task.truncated(),
          task.dropped().values().stream().mapToLong(Long::longValue).sum(),
          task.dropped().isEmpty() ? null : task.dropped(),
          bad.values().stream().mapToLong(Long::longValue).sum(),
          bad.isEmpty() ? null : bad,
          data.duplicatesOf(task.name()));
    }
  }

  /**
   * The report of a run.
   *
   * @param folder that has the job's file and its metrics
   */
  static RunReport of(
      Job job,
      JobResult result,
      Outcome outcome,
      JobData data,
      BaseModel model,
      List<DataFingerprint> fingerprints,
      Path folder,
      SparkContext spark)
      throws IOException {
    Map<String, String> hashes = new LinkedHashMap<>();
    hashes.put("model", model.fingerprint());
    for (int t = 0; t < fingerprints.size(); t++) {
      hashes.put("training data of " + outcome.trained().get(t).name(), fingerprints.get(t).sum());
    }
    return new RunReport(
        Locations.name(job.output()),
        job.model(),
        adapter(job.adapter()),
        job.spark().metric(),
        IntStream.range(0, outcome.trained().size()).mapToObj(t -> outcome.task(t, data)).toList(),
        RunReport.rounds(folder.resolve(Output.METRICS)),
        new RunReport.Cost(
            result.adapterParameters(),
            result.modelParameters(),
            result.seconds(),
            result.peakMemoryBytes()),
        Files.readString(folder.resolve("job.yaml")),
        Environment.versions(spark.version(), spark.master(), result.kernels(), result.compute()),
        hashes);
  }

  private static String adapter(AdapterConfig adapter) {
    return adapter.a() + adapter.b() > 2
        ? String.format(
            "%s, %d A and %d B matrices of rank %d",
            adapter.method(), adapter.a(), adapter.b(), adapter.rank())
        : String.format("%s, rank %d", adapter.method(), adapter.rank());
  }
}
