package io.github.cola4j.spark.internal.round;

import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.spark.adapter.SharedAdapters;
import io.github.cola4j.spark.internal.state.AdapterForm;
import io.github.cola4j.spark.internal.state.HeldState;
import io.github.cola4j.spark.internal.state.TaskProgress;
import io.github.cola4j.spark.training.ResultsFolder;
import io.github.cola4j.spark.training.StoredParameters;
import io.github.cola4j.spark.training.TaskAdapters;
import io.github.cola4j.spark.training.TrainedTask;
import io.github.cola4j.train.TaskState;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * The tasks after training: their adapters are written by the executors that hold their states, or
 * kept by the driver.
 *
 * @param tasks in the order of the job
 * @param parts that have their states
 * @param progress by task, as was decided of it
 */
record TrainingResults(
    JavaSparkContext spark,
    List<RoundTask> tasks,
    List<TaskRounds> parts,
    Map<Integer, TaskProgress> progress,
    AdapterForm form) {

  /** Kept by the driver, in memory or in a file of its disk. */
  List<TrainedTask> kept(TaskAdapters adapters) {
    String folder =
        spark.getConf().get("spark.local.dir", System.getProperty("java.io.tmpdir")).split(",")[0];
    ResultVectors vectors =
        new ResultVectors(Runtime.getRuntime().maxMemory(), Path.of(folder.strip()));
    TrainedTask[] results = new TrainedTask[tasks.size()];
    for (TaskRounds part : parts) {
      part.states().forEach(state -> results[state.task()] = kept(state, adapters, vectors));
    }
    return List.of(results);
  }

  private TrainedTask kept(HeldState state, TaskAdapters adapters, ResultVectors vectors) {
    RoundTask task = tasks.get(state.task());
    HeldState held = state.decided(progress.get(state.task()));
    AdapterStore.Description description = adapters.describe(task.data());
    Supplier<TaskState> best = vectors.keep(held.best());
    int before = held.progress().stepsBefore();
    return task.result(
        held.progress(), description, () -> form.of(description, best.get(), before), null);
  }

  /**
   * A task's parameters in its adapter.
   *
   * @param head how many are behind the factors
   */
  private record InAdapter(
      SharedAdapters folder, ParameterLayout factors, String task, int classes, int head)
      implements StoredParameters {

    ParameterLayout layout() {
      return factors.withHead(classes, classes == 0 ? 0 : head / classes - 1);
    }

    @Override
    public float[] read() {
      return folder.readParameters(task, layout());
    }
  }

  /**
   * Written by executors.
   *
   * @throws UncheckedIOException of a {@link ResultsFolder.WriteException} if one cannot be
   */
  List<TrainedTask> written(ResultsFolder to) {
    SharedAdapters folder = to.adapters();
    Broadcast<AdapterWriter.Sent> sent =
        spark.broadcast(
            new AdapterWriter.Sent(
                form, new ArrayList<>(to.descriptions()), new TreeMap<>(progress)));
    TrainedTask[] results = new TrainedTask[tasks.size()];
    try (JobLabel label = new JobLabel(spark, "writing adapters")) {
      for (TaskRounds part : parts) {
        for (AdapterWriter.Written written : part.states().map(new AdapterWriter(folder, sent))) {
          if (written.failure() != null) {
            throw new UncheckedIOException(new ResultsFolder.WriteException(written.failure()));
          }
          AdapterStore.Description description = to.descriptions().get(written.task());
          InAdapter stored =
              new InAdapter(
                  folder,
                  form.factors(),
                  description.task(),
                  description.classes().size(),
                  written.head());
          results[written.task()] =
              tasks
                  .get(written.task())
                  .result(
                      progress.get(written.task()),
                      description,
                      () -> folder.read(stored.task(), stored.layout()),
                      stored);
        }
      }
    } finally {
      sent.destroy();
    }
    return List.of(results);
  }
}
