package io.github.cola4j.examples.bench;

import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.data.Example;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.spark.MultiTaskTrainer;
import io.github.cola4j.spark.cli.console.Console;
import io.github.cola4j.spark.cli.console.ConsoleOptions;
import io.github.cola4j.spark.model.BaseModelCache;
import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.spark.training.TaskData;
import io.github.cola4j.train.TrainingConfig;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * How busy cores are where one task has many times the examples of the others, beside tasks of
 * equal size with as many examples together: Σ task seconds / (cores × wall), over all rounds but
 * the first, with everything that happens between them.
 */
@Command(
    name = "skew",
    mixinStandardHelpOptions = true,
    description = "The busy share of cores for tasks of equal and of very different sizes.")
public final class SkewBench implements Callable<Integer> {
  private static final List<String> CLASSES = List.of("even", "odd");

  @Mixin private LocalOptions local;

  @Option(
      names = "--tasks",
      paramLabel = "N",
      defaultValue = "5",
      description = "Tasks, the large one among them (default ${DEFAULT-VALUE}).")
  private int tasks;

  @Option(
      names = "--examples",
      paramLabel = "N",
      defaultValue = "20",
      description = "Training examples of a small task (default ${DEFAULT-VALUE}).")
  private int examples;

  @Option(
      names = "--ratio",
      paramLabel = "N",
      defaultValue = "100",
      description = "How many times as many the large task has (default ${DEFAULT-VALUE}).")
  private int ratio;

  @Option(
      names = "--shard",
      paramLabel = "N",
      defaultValue = "200",
      description = "Examples of a shard (default ${DEFAULT-VALUE}).")
  private int shard;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "4",
      description = "Rounds, of which the first is not measured (default ${DEFAULT-VALUE}).")
  private int rounds;

  /**
   * What was measured.
   *
   * @param sizes training examples by task
   * @param shards trained in a round
   * @param seconds of the measured rounds
   * @param busy share of the cores' time in which they ran a task
   */
  record Row(String name, List<Integer> sizes, int shards, double seconds, double busy) {}

  @Mixin private ConsoleOptions console;

  @Override
  public Integer call() {
    Console printed = console.console();
    printed.json(Map.of("rows", run(printed.report())));
    return 0;
  }

  /** Measures and prints. */
  List<Row> run(PrintStream out) {
    if (local.cores < 1 || tasks < 2 || examples < 1 || ratio < 1 || shard < 1 || rounds < 2) {
      throw new IllegalArgumentException(
          "expected --tasks and --rounds of at least 2, and --cores, --examples, --ratio and"
              + " --shard of at least 1, got "
              + List.of(tasks, rounds, local.cores, examples, ratio, shard));
    }
    Kernels.limitThreads(1);
    BaseModel base = BaseModelCache.load(local.model);
    Machine.print(out, arguments(), base.transformer().type());
    int all = examples * (tasks - 1 + ratio);
    List<Integer> skewed = new ArrayList<>(Collections.nCopies(tasks - 1, examples));
    skewed.add(examples * ratio);
    List<Integer> equal =
        IntStream.range(0, tasks).mapToObj(t -> all / tasks + (t < all % tasks ? 1 : 0)).toList();
    List<Row> rows = List.of(measure("equal", equal, base), measure("skewed", skewed, base));
    out.printf("%-8s %-32s %7s %9s %6s%n", "tasks", "examples", "shards", "seconds", "busy");
    for (Row row : rows) {
      out.printf(
          Locale.ROOT,
          "%-8s %-32s %7d %9.2f %5.1f%%%n",
          row.name(),
          row.sizes(),
          row.shards(),
          row.seconds(),
          100 * row.busy());
    }
    return rows;
  }

  private Row measure(String name, List<Integer> sizes, BaseModel base) {
    SparkConf conf = local.conf("bench skew");
    TaskTimes times = new TaskTimes();
    Measured measured = new Measured();
    try (JavaSparkContext spark = new JavaSparkContext(conf)) {
      spark.sc().addSparkListener(times);
      List<TaskData<Example>> data = new ArrayList<>();
      for (int t = 0; t < sizes.size(); t++) {
        data.add(
            TaskData.classification(
                "task-" + t,
                CLASSES,
                spark.parallelize(texts(t, sizes.get(t))),
                spark.parallelize(texts(t, CLASSES.size()))));
      }
      new MultiTaskTrainer(
              spark,
              base,
              AdapterConfig.defaults(),
              TrainingConfig.defaults().withEpochs(rounds),
              RoundConfig.defaults()
                  .withExamplesPerShard(shard)
                  .withLocalSteps(0)
                  .withPatience(0)
                  .withMetric("loss"))
          .train(
              data,
              round -> {
                measured.shards += round.round() == 1 ? round.shards() : 0;
                measured.end = System.currentTimeMillis();
                measured.start = round.round() == 1 ? measured.end : measured.start;
              });
    } // which delivers all events
    double seconds = (measured.end - measured.start) / 1e3;
    return new Row(
        name,
        sizes,
        measured.shards,
        seconds,
        times.between(measured.start, measured.end) / (local.cores * seconds));
  }

  private static final class Measured {
    private long start;
    private long end;
    private int shards;
  }

  /** When Spark tasks ran. */
  private static final class TaskTimes extends SparkListener {
    private final List<long[]> runs = Collections.synchronizedList(new ArrayList<>());

    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
      runs.add(new long[] {end.taskInfo().launchTime(), end.taskInfo().finishTime()});
    }

    /** The seconds of tasks between two times. */
    double between(long start, long end) {
      return runs.stream()
          .mapToDouble(run -> Math.max(0, Math.min(end, run[1]) - Math.max(start, run[0])) / 1e3)
          .sum();
    }
  }

  private static List<Example> texts(int task, int count) {
    return IntStream.range(0, count)
        .mapToObj(
            i ->
                new Example(
                    "the bank treated order " + (i % 7) + " of the patient and the seller " + task,
                    null,
                    CLASSES.get(i % 2)))
        .toList();
  }

  private String arguments() {
    return String.format(
        Locale.ROOT,
        "skew --model %s --cores %d --tasks %d --examples %d --ratio %d --shard %d --rounds"
            + " %d",
        local.model,
        local.cores,
        tasks,
        examples,
        ratio,
        shard,
        rounds);
  }
}
