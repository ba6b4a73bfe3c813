package io.github.cola4j.examples.bench;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.data.Example;
import io.github.cola4j.examples.wordnet.TaskSplits;
import io.github.cola4j.examples.wordnet.WordNetTasks;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.spark.MultiTaskTrainer;
import io.github.cola4j.spark.cli.console.Console;
import io.github.cola4j.spark.cli.console.ConsoleOptions;
import io.github.cola4j.spark.cli.option.OpenSession;
import io.github.cola4j.spark.cli.option.SparkOptions;
import io.github.cola4j.spark.job.spec.Job;
import io.github.cola4j.spark.model.BaseModelCache;
import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.spark.training.RoundMetrics;
import io.github.cola4j.spark.training.RoundTime;
import io.github.cola4j.spark.training.TaskData;
import io.github.cola4j.spark.training.TrainedTask;
import io.github.cola4j.train.TrainingConfig;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Rounds of training on Spark: what their seconds go to. Tasks are the quickstart's, one after the
 * other and again; their examples repeat where more are needed.
 */
@Command(
    name = "rounds",
    mixinStandardHelpOptions = true,
    description = "Rounds on Spark: what their seconds go to, and what is not training.")
public final class RoundsBench implements Callable<Integer> {
  private static final int BATCH = 16;
  private static final long SEED = 42;

  @Option(names = "--model", defaultValue = Job.DEFAULT_MODEL, description = "A BERT.")
  private String model;

  @Option(
      names = "--tasks",
      paramLabel = "N,…",
      split = ",",
      defaultValue = "4",
      description = "Numbers of tasks (default ${DEFAULT-VALUE}).")
  private List<Integer> tasks;

  @Option(
      names = "--shards",
      paramLabel = "N,…",
      split = ",",
      defaultValue = "2",
      description = "Numbers of shards of a task (default ${DEFAULT-VALUE}).")
  private List<Integer> shards;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "50",
      description = "Local steps of a round, of 16 examples (default ${DEFAULT-VALUE}).")
  private int steps;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "4",
      description = "Rounds; the first warms up (default ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--validation",
      paramLabel = "N",
      defaultValue = "200",
      description = "Validation examples of a task (default ${DEFAULT-VALUE}).")
  private int validation;

  @Option(
      names = "--validate-every",
      paramLabel = "N",
      defaultValue = "1",
      description = "Rounds from one validation to the next (default ${DEFAULT-VALUE}).")
  private int validateEvery;

  @Option(
      names = "--rank",
      paramLabel = "N",
      defaultValue = "8",
      description = "Of CoLA 2|3: decides a state's size (default ${DEFAULT-VALUE}).")
  private int rank;

  @Option(
      names = "--executors",
      paramLabel = "N",
      description = "That many JVMs of one core instead of --master; see BENCHMARKS.md.")
  private Integer executors;

  @Option(
      names = "--heap",
      description = "Collect garbage after every round and report the heap; spoils the times.")
  private boolean heap;

  @Mixin private SparkOptions spark;

  /**
   * The rounds of one number of tasks and shards, without the first.
   *
   * @param time of all these rounds together
   * @param examples of a round, of all tasks
   * @param stateBytes of a task at most
   * @param driverBytes that the driver got, of a task and round
   * @param heap the driver's megabytes after each round; empty unless asked for
   */
  record Row(
      int tasks,
      int shards,
      int rounds,
      RoundTime time,
      long examples,
      long stateBytes,
      long driverBytes,
      List<Long> heap) {
    double examplesPerSecond() {
      return examples * rounds / time.total();
    }

    /** Milliseconds of a task and round beside training and validation. */
    double overhead() {
      return 1e3 * (time.total() - time.train() - time.validate()) / rounds / tasks;
    }

    double notTraining() {
      return 1 - time.train() / time.total();
    }
  }

  @Mixin private ConsoleOptions console;

  @Override
  public Integer call() throws IOException {
    if (executors != null) {
      System.setProperty("spark.master", "local-cluster[" + executors + ",1,2048]");
      System.setProperty("spark.executor.memory", "2g");
      System.setProperty("spark.executor.extraJavaOptions", "--add-modules=jdk.incubator.vector");
    }
    try (OpenSession session = spark.open("rounds")) {
      Console printed = console.console();
      printed.report().printf("master %s%n%n", session.context().master());
      printed.json(Map.of("rows", run(session.context(), printed.report())));
    }
    return 0;
  }

  private List<Row> run(JavaSparkContext context, PrintStream out) {
    List<Row> rows = new ArrayList<>();
    List<TaskSplits> data = WordNetTasks.load(400, 200, 26, SEED);
    head(out);
    for (int t : tasks) {
      for (int s : shards) {
        Row row =
            measure(
                context,
                data,
                model,
                new Setup(t, s, steps, rounds, validation, validateEvery, rank, heap));
        print(out, row);
        rows.add(row);
      }
    }
    return rows;
  }

  /** What is measured. */
  record Setup(
      int tasks,
      int shards,
      int steps,
      int rounds,
      int validation,
      int validateEvery,
      int rank,
      boolean heap) {}

  static Row measure(JavaSparkContext context, List<TaskSplits> data, String model, Setup setup) {
    BaseModel base = BaseModelCache.load(model);
    int perShard = setup.steps() * BATCH;
    MultiTaskTrainer trainer =
        new MultiTaskTrainer(
            context,
            base,
            AdapterConfig.defaults()
                .withA(2)
                .withB(3)
                .withRank(setup.rank())
                .withPairing("full")
                .withInit("pissa")
                .withDropout(0.0),
            TrainingConfig.defaults()
                .withEpochs(setup.rounds())
                .withBatchSize(BATCH)
                .withAccumulation(1)
                .withMaxTokens(2048)
                .withMaxLength(128)
                .withSeed(SEED),
            RoundConfig.defaults()
                .withExamplesPerShard(perShard)
                .withLocalSteps(0)
                .withPatience(0)
                .withMetric("accuracy")
                .withValidateEvery(setup.validateEvery()));
    List<TaskData<Example>> tasks = new ArrayList<>();
    for (int t = 0; t < setup.tasks(); t++) {
      TaskSplits task = data.get(t % data.size());
      tasks.add(
          TaskData.classification(
              task.name() + "-" + t,
              task.classes(),
              context.parallelize(repeat(task.train(), setup.shards() * perShard), setup.shards()),
              context.parallelize(repeat(task.validation(), setup.validation()), 1)));
    }
    Map<Integer, RoundTime> times = new TreeMap<>();
    List<RoundMetrics> metrics = new ArrayList<>();
    List<Long> used = new ArrayList<>();
    List<TrainedTask> trained =
        trainer.train(
            tasks,
            round -> {
              metrics.add(round);
              if (times.put(round.round(), round.time()) == null && setup.heap()) {
                used.add(usedMegabytes());
              }
            });
    times.remove(1);
    int last = setup.rounds();
    return new Row(
        setup.tasks(),
        setup.shards(),
        times.size(),
        times.values().stream().reduce(RoundTime.ZERO, RoundTime::plus),
        metrics.stream().filter(m -> m.round() == last).mapToLong(RoundMetrics::examples).sum(),
        stateBytes(trainer, trained),
        (long) metrics.stream().mapToLong(RoundMetrics::bytesToDriver).average().orElse(0),
        used);
  }

  /** θ, m and v of the largest task, equal factors once. */
  private static long stateBytes(MultiTaskTrainer trainer, List<TrainedTask> trained) {
    AdaptedModules all = trainer.modules();
    int copies = all.layout().length() - all.collapsed().orElse(all).layout().length();
    return trained.stream()
        .mapToLong(task -> 12L * (task.theta().length - copies))
        .max()
        .orElseThrow();
  }

  private static List<Example> repeat(List<Example> examples, int count) {
    return IntStream.range(0, count).mapToObj(i -> examples.get(i % examples.size())).toList();
  }

  @SuppressWarnings("DoNotCallSuggester")
  private static long usedMegabytes() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() >> 20;
  }

  static void head(PrintStream out) {
    out.printf(
        "%5s %6s %9s %8s | %6s %6s %6s %9s %8s | %12s %14s %12s %10s%n",
        "tasks",
        "shards",
        "state, MB",
        "round, s",
        "train",
        "wait",
        "reduce",
        "broadcast",
        "validate",
        "not training",
        "ms a task else",
        "driver, KB",
        "examples/s");
  }

  static void print(PrintStream out, Row row) {
    RoundTime time = row.time();
    double total = time.total();
    out.printf(
        Locale.ROOT,
        "%5d %6d %9.1f %8.2f | %5.1f%% %5.1f%% %5.1f%% %8.1f%% %7.1f%% | %11.1f%% %14.1f %12.1f"
            + " %10.0f%n",
        row.tasks(),
        row.shards(),
        row.stateBytes() / 1e6,
        total / row.rounds(),
        100 * time.train() / total,
        100 * time.waiting() / total,
        100 * time.reduce() / total,
        100 * time.broadcast() / total,
        100 * time.validate() / total,
        100 * row.notTraining(),
        row.overhead(),
        row.driverBytes() / 1e3,
        row.examplesPerSecond());
    if (!row.heap().isEmpty()) {
      out.println("driver's heap after each round, MB: " + row.heap());
    }
  }
}
