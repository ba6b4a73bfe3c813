package io.github.cola4j.spark.job;

import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.pooling.Pooling;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import io.github.cola4j.spark.job.spec.Job;
import io.github.cola4j.spark.job.spec.TaskSpec;
import io.github.cola4j.spark.training.TaskData;
import io.github.cola4j.spark.training.TrainingStart;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The stored adapters that a job's tasks start from: {@code start} of a job file. */
final class StartAdapters {
  private StartAdapters() {}

  /**
   * The job with the adapter that its start has; the job itself if it has no start.
   *
   * @throws InvalidJobException if there is no adapter for a task, they differ in how they adapt,
   *     or the job wants another adapter
   */
  static Job resolved(Job job) {
    if (job.start() == null) {
      return job;
    }
    AdapterConfig adapter = inPlace(job, start -> config(job, start));
    if (!job.adapter().equals(AdapterConfig.defaults()) && !job.adapter().equals(adapter)) {
      throw new InvalidJobException(
          "adapter: training starts from the adapter of 'start', "
              + adapter
              + "; leave 'adapter' out or write the same, got "
              + job.adapter(),
          null);
    }
    Pooling pooling = inPlace(job, start -> pooling(job, start));
    if (job.pooling() != null && pooling != null && job.pooling() != pooling) {
      throw new InvalidJobException(
          "pooling: training starts from an adapter whose pooling is "
              + pooling
              + "; leave 'pooling' out or write the same, got "
              + job.pooling(),
          null);
    }
    return job.withAdapter(adapter).withPooling(pooling);
  }

  /** How all of them pool; null for language models. */
  private static Pooling pooling(Job job, Path start) {
    Set<Pooling> poolings = EnumSet.noneOf(Pooling.class);
    for (Path folder : folders(job, start).values()) {
      AdapterStore.Description own = describe(folder);
      if (!own.isLanguageModel()) {
        poolings.add(own.pooling() == null ? Pooling.MEAN : own.pooling());
      }
    }
    if (poolings.size() > 1) {
      throw new InvalidJobException(
          "start: the adapters of " + job.start() + " pool in different ways: " + poolings, null);
    }
    return poolings.isEmpty() ? null : poolings.iterator().next();
  }

  /** How all of them adapt layers. */
  private static AdapterConfig config(Job job, Path start) {
    AdapterConfig adapter = null;
    for (Path folder : folders(job, start).values()) {
      AdapterConfig own = describe(folder).adapter();
      if (adapter != null && !adapter.equals(own)) {
        throw new InvalidJobException(
            "start: the adapters of " + job.start() + " adapt layers in different ways", null);
      }
      adapter = own;
    }
    return adapter;
  }

  /** With the folder on this machine. */
  private static <T> T inPlace(Job job, LocalFolder.Use<T> use) {
    try (LocalFolder start = LocalFolder.of(job.start())) {
      return start.use(use);
    } catch (IOException e) {
      throw new UncheckedIOException(
          new IOException("start: cannot read " + job.start() + ": " + e.getMessage(), e));
    }
  }

  /**
   * What tasks start from; null if the job has no start.
   *
   * @throws IllegalArgumentException if an adapter is of another model, tells apart other classes,
   *     or is damaged
   */
  static TrainingStart read(Job job, BaseModel model, List<TaskData<?>> tasks) {
    if (job.start() == null) {
      return null;
    }
    return inPlace(job, start -> read(job, start, model, tasks));
  }

  private static TrainingStart read(Job job, Path start, BaseModel model, List<TaskData<?>> tasks) {
    Map<String, Path> folders = folders(job, start);
    Map<String, TrainedAdapter> adapters = new LinkedHashMap<>();
    for (TaskData<?> task : tasks) {
      Path folder = folders.get(task.name());
      AdapterStore.Description description = AdapterStore.describe(folder);
      description.requireModel(folder, model.location(), model.fingerprint());
      List<String> classes = task.objective().classes();
      if (!description.classes().equals(classes)) {
        throw new IllegalArgumentException(
            "task '"
                + task.name()
                + "' has the classes "
                + classes
                + ", the adapter "
                + folder
                + " that it starts from "
                + description.classes()
                + "; give the task's 'classes' in that order");
      }
      adapters.put(task.name(), AdapterStore.load(folder, model));
    }
    try {
      return new TrainingStart(adapters);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("start: " + job.start() + ": " + e.getMessage(), e);
    }
  }

  /** Each task's adapter: the folder itself for all of them, or the one of the task's name. */
  private static Map<String, Path> folders(Job job, Path start) {
    Map<String, Path> folders = new LinkedHashMap<>();
    for (TaskSpec task : job.tasks()) {
      Path own = AdapterStore.isAdapter(start) ? start : start.resolve(task.name());
      if (!AdapterStore.isAdapter(own)) {
        throw new InvalidJobException(
            "start: "
                + start
                + " is no adapter and has none for task '"
                + task.name()
                + "'; name an adapter's folder, or one that has an adapter for every task",
            null);
      }
      folders.put(task.name(), own);
    }
    return folders;
  }

  private static AdapterStore.Description describe(Path folder) {
    try {
      return AdapterStore.describe(folder);
    } catch (IllegalArgumentException e) {
      throw new InvalidJobException("start: " + e.getMessage(), e);
    }
  }
}
