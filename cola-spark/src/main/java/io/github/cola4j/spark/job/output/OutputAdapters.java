package io.github.cola4j.spark.job.output;

import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.spark.adapter.SharedAdapters;
import io.github.cola4j.spark.claim.ClaimedFolder;
import io.github.cola4j.spark.storage.Locations;
import io.github.cola4j.spark.training.ResultsFolder;
import io.github.cola4j.spark.training.TrainedTask;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.SparkContext;

/**
 * The adapters of a job in its output, {@code adapters/<task>/}. Executors write them, unless the
 * output is on the driver's disk and executors are other machines.
 */
public final class OutputAdapters {
  private static final String NAME = "adapters";

  private final Path folder; // of the driver's disk
  private final String location; // where they come to
  private final boolean byExecutors;
  private final SparkContext spark;

  /** Those of an output. */
  public OutputAdapters(SparkContext spark, Output output) {
    this.spark = spark;
    this.folder = output.path().resolve(NAME);
    boolean remote = Locations.isRemote(output.shared());
    this.byExecutors = remote || spark.isLocal();
    this.location = remote ? output.shared() + "/" + NAME : folder.toString();
  }

  /** Where they are, a path or a URI, before the output is in its place. */
  public String location() {
    return location;
  }

  /**
   * Writes what the adapters will be: what cannot be written is known before the first round.
   *
   * @param descriptions by task
   */
  public void announce(List<AdapterStore.Description> descriptions) {
    descriptions.forEach(
        adapter -> AdapterStore.saveDescription(folder.resolve(adapter.task()), adapter));
  }

  /**
   * Where executors write them; null where the driver does.
   *
   * @param descriptions by task
   */
  public ResultsFolder ofExecutors(List<AdapterStore.Description> descriptions) {
    return byExecutors
        ? new ResultsFolder(new SharedAdapters(spark.hadoopConfiguration(), location), descriptions)
        : null;
  }

  /**
   * Writes those that executors have not written.
   *
   * @param descriptions by task
   */
  public void save(List<TrainedTask> trained, List<AdapterStore.Description> descriptions)
      throws IOException {
    if (!byExecutors) {
      for (int t = 0; t < trained.size(); t++) {
        AdapterStore.save(
            folder.resolve(trained.get(t).name()),
            trained.get(t).adapter().withDescription(descriptions.get(t)));
      }
    } else if (!location.equals(folder.toString())) {
      ClaimedFolder.delete(folder); // what was announced
    }
  }
}
