package io.github.cola4j.spark.report;

import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.io.AtomicFile;
import io.github.cola4j.spark.training.RoundMetrics;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What a run did, as people want to see it: {@link #write} makes one HTML file of it that needs no
 * network.
 *
 * @param name of the run
 * @param model its location
 * @param adapter the method and its size
 * @param metric the validation score that best rounds were kept by: accuracy, macroF1, loss or last
 * @param tasks in the order of the job
 * @param rounds a line of {@code metrics.jsonl} each, also those before training resumed
 * @param cost of it all; null if it is not known
 * @param settings the job as it ran, in YAML
 * @param versions of what it ran on, by name, in their order
 * @param hashes of model and data, by what they are of, in their order
 */
@RecordBuilder
public record RunReport(
    String name,
    String model,
    String adapter,
    String metric,
    List<TaskReport> tasks,
    List<RoundMetrics> rounds,
    Cost cost,
    String settings,
    Map<String, String> versions,
    Map<String, String> hashes)
    implements RunReportBuilder.With {

  /** Leaves out of the page what is not given. */
  public RunReport {
    name = name == null ? "run" : name;
    model = model == null ? "" : model;
    adapter = adapter == null ? "" : adapter;
    metric = metric == null ? "accuracy" : metric;
    tasks = List.copyOf(tasks);
    rounds = List.copyOf(rounds);
    settings = settings == null ? "" : settings;
    versions = versions == null ? Map.of() : versions;
    hashes = hashes == null ? Map.of() : hashes;
  }

  /** The file's name in a job's output. */
  public static final String FILE = "report.html";

  private static final JsonMapper MAPPER = new JsonMapper();

  /**
   * What a run took.
   *
   * @param adapterParameters trained parameters of one task's adapter, without its head
   * @param modelParameters frozen parameters
   * @param seconds from start to end, of this process alone where training resumed
   * @param peakMemoryBytes of the driver
   */
  public record Cost(
      long adapterParameters, long modelParameters, double seconds, long peakMemoryBytes) {}

  /** Reads a file of metrics. */
  public static List<RoundMetrics> rounds(Path file) throws IOException {
    try (MappingIterator<RoundMetrics> lines =
        MAPPER.readerFor(RoundMetrics.class).readValues(file.toFile())) {
      return lines.readAll();
    }
  }

  /** What a reader should know before he believes the numbers. */
  public List<ReportWarning> warnings() {
    return ReportWarning.of(this);
  }

  /** Writes the report as one HTML file. */
  public void write(Path file) throws IOException {
    AtomicFile.writeString(file, ReportPage.html(this));
  }
}
