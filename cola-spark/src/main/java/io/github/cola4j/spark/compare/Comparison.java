package io.github.cola4j.spark.compare;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import io.github.cola4j.spark.job.spec.Job;
import io.github.cola4j.spark.job.spec.JobFile;
import io.github.cola4j.spark.job.spec.TaskSpec;
import io.github.cola4j.spark.job.spec.TrackConfig;
import io.github.cola4j.spark.job.spec.YamlFile;
import io.github.cola4j.train.OptimizerConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A comparison file: methods, seeds and numbers of training examples, each triple a run. */
public final class Comparison {
  private final String source;
  private final ComparisonKeys keys;
  private final ObjectNode job;
  private final Path jobFolder;
  private final Path output;

  private Comparison(
      String source, ComparisonKeys keys, ObjectNode job, Path jobFolder, Path output) {
    this.source = source;
    this.keys = keys;
    this.job = job;
    this.jobFolder = jobFolder;
    this.output = output;
  }

  /**
   * Reads a comparison file.
   *
   * @param overrides {@code key=value}, as {@code seeds=[1, 2]} or {@code job.training.epochs=3}
   * @throws InvalidJobException if anything in it is wrong, or a method gives no job that can run
   */
  public static Comparison read(Path file, List<String> overrides) {
    ObjectNode tree = YamlFile.read(file, "comparison", ComparisonKeys.class);
    overrides.forEach(override -> YamlFile.set(tree, override));
    ComparisonKeys keys = YamlFile.convert(tree, ComparisonKeys.class, file.toString());
    Path folder = file.toAbsolutePath().getParent();
    Path output = Path.of(JobFile.path(keys.output(), folder));
    Comparison comparison;
    if (keys.job() instanceof ObjectNode inline) {
      comparison = new Comparison(file + ": job", keys, inline, folder, output);
    } else {
      Path path = Path.of(JobFile.path(keys.job().asText(), folder));
      ObjectNode read = YamlFile.read(path, "job", Job.class);
      comparison = new Comparison(path.toString(), keys, read, path.getParent(), output);
    }
    comparison.runs().forEach(run -> requireUntracked(run.job()));
    comparison.runs().forEach(run -> requireTests(run.job()));
    return comparison;
  }

  private static void requireUntracked(Job job) {
    if (!job.track().equals(TrackConfig.nobody())) {
      throw new InvalidJobException(
          "job.track: the runs of a comparison are not tracked; remove it, comparison.csv has"
              + " all of them",
          null);
    }
  }

  private static void requireTests(Job job) {
    if (job.tasks().stream().anyMatch(task -> task.problemType() == ProblemType.REGRESSION)) {
      throw new InvalidJobException(
          "a comparison is by accuracy, which a task of problemType: regression has not; remove"
              + " such tasks, or compare their runs with cola train",
          null);
    }
    for (TaskSpec task : job.tasks()) {
      if (task.test().isEmpty() && task.choices() == null) {
        throw new InvalidJobException(
            "task '"
                + task.name()
                + "' has no 'test' files (of a language model, no 'choices'); a comparison needs"
                + " them",
            null);
      }
    }
  }

  /**
   * Every run, in their order: seed by seed, so that what an interrupted comparison has is complete
   * for its first seeds.
   */
  List<Run> runs() {
    List<Run> runs = new ArrayList<>();
    for (long seed : keys.seeds()) {
      for (int samples : keys.samples()) {
        for (ComparisonKeys.Method method : keys.methods()) {
          runs.add(new Run(method.name(), samples, seed, job(method, samples, seed)));
        }
      }
    }
    return runs;
  }

  /** The learning rate of methods that set none. */
  double learningRate() {
    JsonNode rate = job.at("/training/optimizer/learningRate");
    return rate.isMissingNode() || rate.isNull()
        ? OptimizerConfig.defaults().learningRate()
        : rate.asDouble();
  }

  private Job job(ComparisonKeys.Method method, int samples, long seed) {
    String told = source + ", method '" + method.name() + "'";
    ObjectNode tree = job.deepCopy();
    keys.perSamples()
        .getOrDefault(samples, Map.of())
        .forEach((key, value) -> YamlFile.set(tree, key, value, told + ", perSamples " + key));
    method.set().forEach((key, value) -> YamlFile.set(tree, key, value, told + ", set " + key));
    Path folder =
        runFolder(method.name()).resolve(String.valueOf(samples)).resolve(String.valueOf(seed));
    YamlFile.set(tree, "training.seed", LongNode.valueOf(seed), told);
    YamlFile.set(tree, "data.maxExamples", IntNode.valueOf(samples), told);
    YamlFile.set(tree, "output", TextNode.valueOf(folder.toString()), told);
    if (!method.equals(keys.methods().get(0))) { // the baseline is the same for all methods
      YamlFile.set(tree, "baseline", BooleanNode.FALSE, told);
    }
    return JobFile.of(tree, told, jobFolder);
  }

  private Path runFolder(String method) {
    return output.toAbsolutePath().normalize().resolve("runs").resolve(method);
  }

  /** The methods' names; differences are taken to the first. */
  public List<String> methods() {
    return keys.methods().stream().map(ComparisonKeys.Method::name).toList();
  }

  /** What a method sets. */
  Map<String, JsonNode> settings(String method) {
    return keys.methods().stream()
        .filter(candidate -> candidate.name().equals(method))
        .findFirst()
        .map(ComparisonKeys.Method::set)
        .orElse(Map.of());
  }

  /** What a number of training examples sets, for every method. */
  Map<String, JsonNode> settings(int samples) {
    return keys.perSamples().getOrDefault(samples, Map.of());
  }

  /** The numbers of training examples, from few to many. */
  List<Integer> samples() {
    return keys.samples();
  }

  List<Long> seeds() {
    return keys.seeds();
  }

  /** The folder for runs, table and plots. */
  public Path output() {
    return output;
  }

  /**
   * A run.
   *
   * @param job with its seed, its number of examples and a folder of its own as output
   */
  record Run(String method, int samples, long seed, Job job) {
    @Override
    public String toString() {
      return method + ", " + samples + " samples, seed " + seed;
    }
  }
}
