package io.github.cola4j.spark.track;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.spark.MultiTaskTrainer;
import io.github.cola4j.spark.job.output.Output;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import io.github.cola4j.spark.job.spec.Job;
import io.github.cola4j.spark.job.spec.MlflowConfig;
import io.github.cola4j.spark.storage.Locations;
import io.github.cola4j.spark.training.RoundMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** What a job's {@code track} asks for: TensorBoard, MLflow, both or neither. */
public final class Tracking implements Consumer<RoundMetrics>, AutoCloseable {
  /** Which MLflow run a result, or a checkpoint, is of. */
  public static final String RUN = "mlflow.json";

  private static final List<String> ARTIFACTS =
      List.of(Output.RESULTS, Output.METRICS, "job.yaml", "report.html");
  private static final String MODEL = "model";
  private static final JsonMapper MAPPER = new JsonMapper();

  private final Job job;
  private final Consumer<String> progress;
  private final Consumer<String> notices;
  private final TensorBoardLog tensorboard; // null for none
  private final MlflowExperiment experiment; // null for none
  private MlflowRun run; // null before the start, and for none

  private Tracking(
      Job job,
      Consumer<String> progress,
      Consumer<String> notices,
      TensorBoardLog tensorboard,
      MlflowExperiment experiment) {
    this.job = job;
    this.progress = progress;
    this.notices = notices;
    this.tensorboard = tensorboard;
    this.experiment = experiment;
  }

  /**
   * Reaches who is to be told.
   *
   * @param progress is notified of where to look
   * @param notices is notified of what a user should look at
   * @throws InvalidJobException if one cannot be reached
   */
  public static Tracking open(Job job, Consumer<String> progress, Consumer<String> notices) {
    return open(job, System.getenv(), progress, notices);
  }

  static Tracking open(
      Job job,
      Map<String, String> environment,
      Consumer<String> progress,
      Consumer<String> notices) {
    try {
      job.track()
          .eventsBeside(job.output())
          .ifPresent(events -> requireApart(events, job.output()));
      MlflowConfig mlflow = job.track().mlflow();
      MlflowExperiment experiment =
          mlflow == null
              ? null
              : MlflowExperiment.of(mlflow.uri(), mlflow.experiment(), environment);
      TensorBoardLog tensorboard =
          job.track()
              .eventsBeside(job.output())
              .map(folder -> TensorBoardLog.at(folder, notices))
              .orElse(null);
      return new Tracking(job, progress, notices, tensorboard, experiment);
    } catch (IOException | IllegalArgumentException e) {
      throw unreachable(e);
    }
  }

  /** What is written to the output before it is complete would be lost. */
  private static void requireApart(String events, String output) {
    if (Path.of(events + "/").normalize().startsWith(Path.of(output).normalize())) {
      throw new IllegalArgumentException(
          String.format(
              "tensorboard %s is in the output %s, which is put in its place when the job is done;"
                  + " name a folder beside it, or true",
              events, output));
    }
  }

  private static InvalidJobException unreachable(Exception reason) {
    return new InvalidJobException("track: " + reason.getMessage(), reason);
  }

  /**
   * Begins a run, or continues that of a resumed training.
   *
   * @param folder of the results, with {@value #RUN} where training is resumed
   * @throws InvalidJobException if the server refuses it
   */
  public void start(Path folder, MultiTaskTrainer trainer) {
    job.track()
        .eventsBeside(job.output())
        .ifPresent(events -> progress.accept("TensorBoard: tensorboard --logdir " + events));
    if (experiment == null) {
      return;
    }
    try {
      Path file = folder.resolve(RUN);
      run = MlflowRun.resume(experiment, file, notices);
      if (run == null) {
        run = MlflowRun.start(experiment, name(), tags(trainer), notices);
      }
      run.store(file);
      progress.accept("MLflow: " + run.page());
      run.params(JobParams.of(job));
    } catch (IOException e) {
      throw unreachable(e);
    }
  }

  private String name() {
    String name = job.track().mlflow().run();
    return name == null ? Locations.name(job.output()) : name;
  }

  private Map<String, String> tags(MultiTaskTrainer trainer) {
    Map<String, String> tags = new TreeMap<>();
    tags.put("cola4j.adapterParameters", "" + trainer.modules().layout().trained());
    tags.put("cola4j.modelSha256", trainer.model().fingerprint());
    tags.put("cola4j.spark", spark());
    tags.put("cola4j.java", Runtime.version().toString());
    String version = Tracking.class.getPackage().getImplementationVersion();
    if (version != null) { // it is packaged
      tags.put("cola4j.version", version);
    }
    tags.put("cola4j.output", job.output());
    tags.put("mlflow.source.name", "cola train");
    tags.put("mlflow.source.type", "JOB");
    return tags;
  }

  private static String spark() {
    return org.apache.spark.package$.MODULE$.SPARK_VERSION();
  }

  @Override
  public void accept(RoundMetrics round) {
    if (tensorboard != null) {
      tensorboard.accept(round);
    }
    if (run != null) {
      run.accept(round);
    }
  }

  /** All tasks of a round have been told. */
  public void roundDone() {
    if (run != null) {
      run.roundDone();
    }
  }

  /** The adapters of a run. */
  public interface Adapters {

    /** Gives a folder of the driver's disk that has them until this returns. */
    void give(Taker taker) throws IOException;
  }

  /** Does something with a folder. */
  public interface Taker {
    void take(Path folder) throws IOException;
  }

  /**
   * The results are written, and about to be put in their place.
   *
   * @param folder of the driver's disk
   * @param adapters asked for if they are logged
   */
  public void results(Path folder, Adapters adapters) {
    attempt(
        () -> {
          JsonNode results = MAPPER.readTree(folder.resolve(Output.RESULTS).toFile());
          for (JsonNode task : results.path("tasks")) {
            logTest(task.path("task").asText(), task);
          }
          for (String name : ARTIFACTS) {
            if (Files.isRegularFile(folder.resolve(name))) {
              run.artifact(folder.resolve(name), name);
            }
          }
          adapters.give(here -> new MlflowModel(here).store(run, MODEL, spark()));
        });
  }

  /** What was measured once, at the end. */
  private void logTest(String task, JsonNode results) {
    Map.of(
            "accuracy", "test/accuracy",
            "margin", "test/margin",
            "macroF1", "test/macroF1",
            "loss", "test/loss",
            "perplexity", "test/perplexity",
            "probeAccuracy", "test/probeAccuracy",
            "choiceAccuracy", "choices/accuracy",
            "choiceAccuracyBefore", "choices/accuracyBefore",
            "validationAccuracy", "best/validationAccuracy",
            "validationLoss", "best/validationLoss")
        .forEach((key, name) -> logResult(task + "/" + name, results.path(key)));
    for (String key : List.of("exactMatch", "f1", "rougeL")) {
      logResult(task + "/test/" + key, results.path("answers").path(key));
    }
  }

  private void logResult(String name, JsonNode value) {
    if (value.isNumber()) {
      run.result(name, value.doubleValue());
    }
  }

  /** The results are in their place. */
  public void finished() {
    attempt(
        () -> {
          String model = job.track().mlflow().register();
          if (model != null) {
            progress.accept(
                "MLflow: models:/" + model + "/" + run.register(model, MODEL) + " is registered");
          }
        });
    attempt(() -> run.finish());
  }

  private interface Logging {
    void run() throws IOException;
  }

  /** What fails after training is done costs no result. */
  private void attempt(Logging logging) {
    if (run == null) {
      return;
    }
    try {
      logging.run();
    } catch (IOException e) {
      notices.accept(
          "WARNING: " + e.getMessage() + "; the MLflow run " + run.id() + " is not complete");
    }
  }

  @Override
  public void close() {
    try {
      if (tensorboard != null) {
        tensorboard.close();
      }
    } finally {
      if (run != null) {
        run.close();
      }
    }
  }
}
