package io.github.cola4j.examples.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.data.Sample;
import io.github.cola4j.data.tokenizer.Tokenizer;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.TextClassifier;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.Seeds;
import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.nn.stored.WeightOptions;
import io.github.cola4j.spark.cli.console.Console;
import io.github.cola4j.spark.cli.console.ConsoleOptions;
import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.train.Evaluation;
import io.github.cola4j.train.LocalTrainer;
import io.github.cola4j.train.Shard;
import io.github.cola4j.train.TaskState;
import io.github.cola4j.train.TrainingConfig;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Accuracies of classifiers of few examples, task by task, size by size and seed by seed: what a
 * job of one shard a task trains, without Spark, a run a thread. The folder is what {@code
 * tools/small_data.py data} writes; the rows go where its full fine-tuning's go.
 */
@Command(
    name = "small",
    mixinStandardHelpOptions = true,
    description = "Accuracies of classifiers of few examples, for tools/small_data.py.")
public final class SmallDataBench implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What {@code spark.patience} is by default. */
  private static final int PATIENCE = RoundConfig.defaults().patience();

  /**
   * What is trained.
   *
   * @param name of its rows
   */
  public record Setting(String name, AdapterConfig adapter, TrainingConfig training) {
    /** Fills in defaults. */
    public Setting {
      adapter = adapter == null ? AdapterConfig.defaults() : adapter;
      training = training == null ? TrainingConfig.defaults() : training;
    }
  }

  @Parameters(index = "0", paramLabel = "FOLDER", description = "What small_data.py data wrote.")
  private Path folder;

  @Parameters(index = "1", paramLabel = "RESULTS", description = "JSON lines; what is there stays.")
  private Path results;

  @Option(names = "--encoder", paramLabel = "NAME=MODEL", required = true)
  private Map<String, String> encoders;

  @Option(
      names = "--setting",
      paramLabel = "JSON",
      required = true,
      description = "A name, and keys of a job file: {\"name\": …, \"adapter\": {…}, …}.")
  private List<String> settings;

  @Option(names = "--sizes", paramLabel = "N", split = ",", defaultValue = "50,100,200,400")
  private List<Integer> sizes;

  @Option(names = "--seeds", paramLabel = "N", defaultValue = "5")
  private int seeds;

  @Option(
      names = "--kept",
      description = "Tests what spark.metric accuracy and loss would have kept too.")
  private boolean kept;

  @Option(names = "--threads", paramLabel = "N", defaultValue = "2")
  private int threads;

  @Option(
      names = "--compute",
      paramLabel = "TYPE",
      defaultValue = "float32",
      description = "float32 or bfloat16, what frozen products take (default ${DEFAULT-VALUE}).")
  private Precision compute;

  @Mixin private ConsoleOptions console;

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<Setting> read = new ArrayList<>();
    for (String setting : settings) {
      read.add(JSON.readValue(setting, Setting.class));
    }
    Kernels.limitThreads(1);
    Console printed = console.console();
    List<Map<String, Object>> rows =
        run(
            folder,
            results,
            encoders,
            new WeightOptions(compute),
            read,
            sizes,
            seeds,
            kept,
            threads,
            printed.progress());
    printed.report().println(rows.size() + " rows added to " + results);
    printed.json(Map.of("rows", rows));
    return 0;
  }

  /** A run: a setting on the examples that a seed drew of a task. */
  private record Cell(String encoder, Setting setting, String task, int size, int seed) {
    String key() {
      return String.join(" ", setting.name(), encoder, task, size + "", seed + "");
    }
  }

  /** What all runs of an encoder and a setting start from. */
  private record Start(BaseModel model, AdaptedModules modules, float[] initial) {}

  /** Trains what {@code results} lacks and appends it, a row a run; returns these rows. */
  public static List<Map<String, Object>> run(
      Path folder,
      Path results,
      Map<String, String> encoders,
      WeightOptions weights,
      List<Setting> settings,
      List<Integer> sizes,
      int seeds,
      boolean kept,
      int threads,
      PrintStream progress)
      throws IOException, InterruptedException {
    List<Cell> cells = new ArrayList<>();
    Set<String> done = done(results);
    for (int seed = 1; seed <= seeds; seed++) { // a part of the rows has whole seeds
      for (int size : sizes) {
        for (String encoder : encoders.keySet()) {
          for (Setting setting : settings) {
            for (String task : tasks(folder)) {
              Cell cell = new Cell(encoder, setting, task, size, seed);
              if (!done.contains(cell.key())) {
                cells.add(cell);
              }
            }
          }
        }
      }
    }
    Map<String, BaseModel> models = new ConcurrentHashMap<>();
    Map<String, Start> starts = new ConcurrentHashMap<>();
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Future<Map<String, Object>>> futures = new ArrayList<>();
      for (Cell cell : cells) {
        futures.add(
            pool.submit(
                () -> {
                  BaseModel model =
                      models.computeIfAbsent(
                          cell.encoder(), name -> BaseModel.load(encoders.get(name), weights));
                  Start start =
                      starts.computeIfAbsent(
                          cell.encoder() + " " + cell.setting().name(),
                          unused -> start(model, cell.setting()));
                  Map<String, Object> row = new Run(folder, cell, start, kept).row();
                  append(results, row, progress);
                  return row;
                }));
      }
      List<Map<String, Object>> rows = new ArrayList<>();
      for (Future<Map<String, Object>> future : futures) {
        rows.add(future.get());
      }
      return rows;
    } catch (ExecutionException e) {
      throw new IllegalStateException("a run failed", e.getCause());
    } finally {
      pool.shutdownNow();
    }
  }

  private static Start start(BaseModel model, Setting setting) {
    AdaptedModules modules = AdaptedModules.trained(model.encoder().linears(), setting.adapter());
    return new Start(model, modules, modules.initial(setting.training().seed()));
  }

  private static List<String> tasks(Path folder) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(path -> Files.exists(path.resolve("classes.json")))
          .map(path -> path.getFileName().toString())
          .sorted()
          .toList();
    }
  }

  private static Set<String> done(Path results) throws IOException {
    Set<String> done = new HashSet<>();
    if (Files.exists(results)) {
      for (String line : Files.readAllLines(results)) {
        JsonNode row = JSON.readTree(line);
        done.add(
            String.join(
                " ",
                row.path("name").asText(),
                row.path("encoder").asText(),
                row.path("task").asText(),
                row.path("size").asText(),
                row.path("seed").asText()));
      }
    }
    return done;
  }

  private static synchronized void append(Path results, Map<String, Object> row, PrintStream out)
      throws IOException {
    Files.writeString(
        results,
        JSON.writeValueAsString(row) + "\n",
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
    out.println(row);
  }

  /** One run, and what of it would have been kept. */
  private static final class Run {
    private final Path folder;
    private final Cell cell;
    private final Start start;
    private final boolean others;
    private final List<String> classes;

    Run(Path folder, Cell cell, Start start, boolean others) throws IOException {
      this.folder = folder.resolve(cell.task());
      this.cell = cell;
      this.start = start;
      this.others = others;
      this.classes =
          Arrays.asList(
              JSON.readValue(this.folder.resolve("classes.json").toFile(), String[].class));
    }

    private List<Sample> samples(Path file) throws IOException {
      Tokenizer tokenizer = start.model().tokenizer(cell.setting().training().maxLength());
      List<Sample> samples = new ArrayList<>();
      for (String line : Files.readAllLines(file)) {
        samples.add(sample(tokenizer, JSON.readTree(line)));
      }
      return samples;
    }

    private Sample sample(Tokenizer tokenizer, JsonNode row) throws JsonProcessingException {
      String pair = row.hasNonNull("pair") ? row.get("pair").asText() : null;
      int label = classes.indexOf(row.get("label").asText());
      return tokenizer.encode(row.get("text").asText(), pair, label).sample();
    }

    Map<String, Object> row() throws IOException {
      long began = System.nanoTime();
      TrainingConfig training = cell.setting().training();
      int features = start.model().encoder().config().hiddenSize();
      Path drawn = folder.resolve(cell.size() + "-" + cell.seed());
      List<Sample> examples = samples(drawn.resolve("train.jsonl"));
      List<Sample> validation = samples(drawn.resolve("validation.jsonl"));
      List<Sample> test = samples(folder.resolve("test.jsonl"));
      long seed = Seeds.mix(training.seed(), Seeds.of(cell.task() + "-" + cell.seed()));
      int steps = Shard.stepsPerEpoch(examples.size(), training);
      Shard shard = new Shard(seed, 0, steps, steps * training.epochs(), examples);
      TaskState state =
          TaskState.initial(
              TextClassifier.initialParameters(
                  start.initial(), classes.size(), features, Seeds.mix(seed, Seeds.of("head"))));
      List<Kept> kept = others ? List.of(new Kept(true), new Kept(false)) : List.of();
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("name", cell.setting().name());
      row.put("encoder", cell.encoder());
      row.put("task", cell.task());
      row.put("size", cell.size());
      row.put("seed", cell.seed());
      try (Pass pass = start.model().newPass()) {
        TextClassifier model =
            new TextClassifier(
                start.model().encoder(), start.modules(), start.initial(), classes.size());
        LocalTrainer trainer = new LocalTrainer(model, pass, training);
        for (int epoch = 1; epoch <= training.epochs(); epoch++) {
          state = trainer.train(state, shard, steps).state();
          if (others || epoch == training.epochs()) {
            Evaluation score = score(model, pass, state.theta(), validation);
            for (Kept keep : kept) {
              keep.offer(score, state, epoch);
            }
            row.put("validation", score.accuracy());
          }
        }
        row.put("test", score(model, pass, state.theta(), test).accuracy());
        for (Kept keep : kept) {
          row.put(keep.name(), score(model, pass, keep.state.theta(), test).accuracy());
          row.put(keep.name() + " round", keep.round);
        }
      }
      row.put("seconds", (System.nanoTime() - began) / 100_000_000 / 10.0);
      return row;
    }

    private Evaluation score(TextClassifier model, Pass pass, float[] theta, List<Sample> samples) {
      return Evaluation.of(model, pass, theta, samples, cell.setting().training().maxTokens());
    }

    /** The best state by accuracy, ties by loss, or by loss alone, until patience runs out. */
    private final class Kept {
      private final boolean byAccuracy;
      private Evaluation best;
      private TaskState state;
      private int round;

      Kept(boolean byAccuracy) {
        this.byAccuracy = byAccuracy;
      }

      String name() {
        return byAccuracy ? "accuracy" : "loss";
      }

      void offer(Evaluation score, TaskState after, int epoch) {
        if (best != null && epoch - round > PATIENCE) {
          return;
        }
        if (best == null || better(score)) {
          best = score;
          state = after;
          round = epoch;
        }
      }

      private boolean better(Evaluation score) {
        if (byAccuracy && score.accuracy() != best.accuracy()) {
          return score.accuracy() > best.accuracy();
        }
        return score.loss() < best.loss();
      }
    }
  }
}
