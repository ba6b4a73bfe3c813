package io.github.cola4j.spark.compare;

import io.github.cola4j.model.BaseModel;
import io.github.cola4j.spark.claim.ClaimedException;
import io.github.cola4j.spark.claim.ClaimedFolder;
import io.github.cola4j.spark.job.JobRunner;
import io.github.cola4j.spark.job.Resumption;
import io.github.cola4j.spark.job.output.Inputs;
import io.github.cola4j.spark.job.output.OutputPath;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import io.github.cola4j.spark.job.spec.JobFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;

/**
 * Makes the runs of a comparison in one Spark session, one after another. A run that has finished
 * with the same job is not made again, so that an interrupted comparison goes on where it was.
 */
public final class ComparisonRunner {
  private static final String MARK = "comparison.csv";

  private final SparkSession session;
  private final Comparison comparison;

  /** A runner of a comparison. */
  public ComparisonRunner(SparkSession session, Comparison comparison) {
    this.session = session;
    this.comparison = comparison;
  }

  /**
   * Refuses an output folder that holds something else than a comparison.
   *
   * @throws InvalidJobException if it does
   */
  public static void requireFree(Comparison comparison) {
    Path output = comparison.output();
    boolean own = Files.isDirectory(output.resolve("runs")) || Files.exists(output.resolve(MARK));
    if (Files.exists(output) && !own && !isEmpty(output)) {
      throw new InvalidJobException(
          "output " + output + " holds something that is no comparison; name another folder", null);
    }
  }

  private static boolean isEmpty(Path output) {
    if (!Files.isDirectory(output)) {
      return false;
    }
    try (Stream<Path> entries = Files.list(output)) {
      return entries.findAny().isEmpty();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + output, e);
    }
  }

  /**
   * Makes all runs, then writes {@code comparison.md}, {@code comparison.csv} and {@code plots/}.
   *
   * @param progress is notified of every run
   * @return how many runs there are
   * @throws InvalidJobException before anything runs, if a method's job cannot
   * @throws IllegalArgumentException if a model or data are not as they should be
   */
  public int run(Consumer<String> progress) {
    requireFree(comparison);
    List<Comparison.Run> runs = comparison.runs();
    runs.forEach(run -> Inputs.of(run.job()).requireNot(comparison.output().toString()));
    try (ClaimedFolder claimed = claim()) {
      claimed.deleteLeft();
      run(runs, progress);
      return runs.size();
    } catch (IOException e) {
      throw OutputPath.unwritable(comparison.output(), e);
    }
  }

  /** One comparison at a time writes the folder. */
  private ClaimedFolder claim() throws IOException {
    try {
      return ClaimedFolder.of(OutputPath.real(comparison.output()));
    } catch (ClaimedException e) {
      throw new InvalidJobException(e.getMessage(), e);
    }
  }

  private void run(List<Comparison.Run> runs, Consumer<String> progress) {
    Map<String, BaseModel> models = models(runs);
    List<Comparison.Run> left = new ArrayList<>(runs.stream().filter(r -> !isDone(r)).toList());
    progress.accept(
        String.format(
            Locale.ROOT,
            "%d methods, %d seeds, samples %s: %d runs, %d of them done already",
            comparison.methods().size(),
            comparison.seeds().size(),
            comparison.samples(),
            runs.size(),
            runs.size() - left.size()));
    TimeLeft time = new TimeLeft();
    Set<String> notices = new LinkedHashSet<>();
    while (!left.isEmpty()) {
      Comparison.Run run = left.remove(0);
      long start = System.nanoTime();
      make(run, models.get(run.job().model()), notice -> tell(notices, notice, progress));
      double seconds = (System.nanoTime() - start) / 1e9;
      time.add(run.samples(), seconds);
      progress.accept(
          line(runs.size() - left.size(), runs.size(), RunResult.read(run), seconds)
              + duration(time.of(left.stream().map(Comparison.Run::samples).toList())));
    }
    new ComparisonReport(comparison, runs.get(0).job(), table(runs)).write();
  }

  /** Every model that a method takes, loaded once; each method's job must fit it. */
  private Map<String, BaseModel> models(List<Comparison.Run> runs) {
    Map<String, BaseModel> models = new HashMap<>();
    for (Comparison.Run run : runs.subList(0, comparison.methods().size())) {
      BaseModel model =
          models.computeIfAbsent(run.job().model(), location -> JobRunner.load(run.job()));
      try {
        JobRunner.requireFit(run.job(), model);
      } catch (InvalidJobException e) {
        throw new InvalidJobException("method '" + run.method() + "': " + e.getMessage(), e);
      }
    }
    return models;
  }

  private static void tell(Set<String> told, String notice, Consumer<String> progress) {
    if (told.add(notice)) {
      progress.accept(notice);
    }
  }

  private void make(Comparison.Run run, BaseModel model, Consumer<String> notices) {
    try {
      JobRunner.withoutAdapters(session, run.job(), model)
          .run(true, Resumption.REFUSE, round -> {}, notices);
    } catch (InvalidJobException e) {
      throw new InvalidJobException(run + ": " + e.getMessage(), e);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new IllegalArgumentException(run + ": " + e.getMessage(), e);
    }
  }

  /** Whether the run's folder, which appears when it is complete, is that of the same job. */
  private static boolean isDone(Comparison.Run run) {
    Path file = Path.of(run.job().output()).resolve("job.yaml");
    if (!Files.exists(file) || !Files.exists(file.resolveSibling("results.json"))) {
      return false;
    }
    try {
      return JobFile.read(file, List.of()).does(run.job());
    } catch (InvalidJobException e) { // of another version, whose keys were others
      return false;
    }
  }

  private ComparisonTable table(List<Comparison.Run> runs) {
    return new ComparisonTable(
        comparison.methods(), comparison.samples(), runs.stream().map(RunResult::read).toList());
  }

  private static String line(int done, int all, RunResult result, double seconds) {
    double accuracy =
        result.tasks().stream()
            .mapToDouble(task -> result.accuracy(task.task()))
            .average()
            .orElse(0);
    return String.format(
        Locale.ROOT,
        "%4d/%-4d %-28s %5d samples, seed %-4d %5.1f%% in %5.1f s; left ",
        done,
        all,
        result.method(),
        result.samples(),
        result.seed(),
        100 * accuracy,
        seconds);
  }

  private static String duration(double seconds) {
    long whole = Math.round(seconds);
    return String.format(Locale.ROOT, "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
  }
}
