package io.github.cola4j.examples.bench;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.data.Example;
import io.github.cola4j.data.Sample;
import io.github.cola4j.data.image.ImageProcessor;
import io.github.cola4j.data.image.ImageSize;
import io.github.cola4j.data.tokenizer.Tokenizer;
import io.github.cola4j.examples.wordnet.TaskSplits;
import io.github.cola4j.examples.wordnet.WordNetTasks;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.TextClassifier;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.nn.stored.WeightOptions;
import io.github.cola4j.spark.cli.console.Console;
import io.github.cola4j.spark.cli.console.ConsoleOptions;
import io.github.cola4j.spark.job.spec.Job;
import io.github.cola4j.train.LocalTrainer;
import io.github.cola4j.train.Shard;
import io.github.cola4j.train.TaskState;
import io.github.cola4j.train.TrainingConfig;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Training steps of an encoder with the default adapter on the quickstart's noun definitions, or on
 * noise where it takes images: tokens a second, and the share of the best product of the same run.
 */
@Command(
    name = "encoder",
    mixinStandardHelpOptions = true,
    description = "Training steps of an encoder, relative to the machine's best product.")
public final class EncoderBench implements Callable<Integer> {

  /**
   * Steps of one batch size.
   *
   * @param tokensOfStep mean tokens of a step
   * @param tokensPerSecond round by round
   * @param gflops rate of a step's products ({@link TimedKernels}), round by round
   * @param share the median rate as a share of the best product
   */
  public record Row(
      int batchSize, double tokensOfStep, Samples tokensPerSecond, Samples gflops, double share) {}

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      defaultValue = Job.DEFAULT_MODEL,
      description = "A Hugging Face folder of an encoder (default ${DEFAULT-VALUE}).")
  private String model;

  @Option(
      names = "--compute",
      paramLabel = "TYPE",
      defaultValue = "float32",
      description = "float32 or bfloat16, what frozen products take (default ${DEFAULT-VALUE}).")
  private Precision compute;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "16,32,64,128",
      split = ",",
      description = "Examples of a step (default ${DEFAULT-VALUE}).")
  private List<Integer> batchSizes;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "9",
      description = "Measured rounds over all batch sizes (default ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--examples",
      paramLabel = "N",
      defaultValue = "256",
      description = "Examples, all of them once a round (default ${DEFAULT-VALUE}).")
  private int examples;

  @Option(
      names = "--peak-size",
      paramLabel = "N",
      defaultValue = "1536",
      description =
          "Rows and columns of the product that gives the peak (default ${DEFAULT-VALUE}).")
  private int peakSize;

  @Mixin private ConsoleOptions console;

  @Override
  public Integer call() {
    Console printed = console.console();
    printed.json(
        Map.of(
            "rows", run(model, batchSizes, rounds, examples, peakSize, compute, printed.report())));
    return 0;
  }

  /** Measures and prints; a row for each batch size. */
  public static List<Row> run(
      String location,
      List<Integer> batchSizes,
      int rounds,
      int examples,
      int peakSize,
      Precision compute,
      PrintStream out) {
    if (rounds < 1 || examples < 26 || peakSize < 1) {
      throw new IllegalArgumentException(
          "--rounds and --peak-size must be at least 1 and --examples at least 26, got "
              + List.of(rounds, peakSize, examples));
    }
    Kernels.limitThreads(1);
    BaseModel model = BaseModel.load(location, new WeightOptions(compute));
    List<Sample> samples = samples(model, examples);
    AdapterConfig adapter = AdapterConfig.defaults();
    AdaptedModules modules = AdaptedModules.trained(model.encoder().linears(), adapter);
    float[] initial = modules.initial(42);
    TimedKernels timed = new TimedKernels(Kernels.forThread(DataType.FLOAT, compute));
    SquareProduct square = new SquareProduct(peakSize, compute);
    List<Row> rows = new ArrayList<>();
    try (Pass pass = model.newPass();
        Pass timedPass = new Pass(DataType.FLOAT, timed.kernels())) {
      Machine.print(
          out,
          String.format(
              Locale.ROOT,
              "encoder --model %s --batch %s --rounds %d --examples %d --peak-size %d --compute %s",
              location,
              String.join(",", batchSizes.stream().map(String::valueOf).toList()),
              rounds,
              examples,
              peakSize,
              compute),
          DataType.FLOAT);
      List<DoubleSupplier> variants = new ArrayList<>();
      List<Double> flops = new ArrayList<>();
      variants.add(() -> square.rate(pass.kernels()));
      for (int size : batchSizes) {
        Epoch epoch = new Epoch(model, modules, initial, samples, size, pass);
        variants.add(epoch::seconds);
        timed.clear();
        new Epoch(model, modules, initial, samples, size, timedPass).seconds();
        flops.add(timed.flops());
      }
      List<Samples> values = Samples.interleaved(variants, 2, rounds);
      long tokens = samples.stream().mapToLong(Sample::length).sum();
      double peak = values.get(0).max();
      out.printf(
          "%8s %12s %34s %26s %14s%n",
          "batch", "tokens/step", "tokens/s", "GFLOP/s", "of the peak");
      for (int i = 0; i < batchSizes.size(); i++) {
        Samples seconds = values.get(i + 1);
        Row row =
            new Row(
                batchSizes.get(i),
                (double) tokens * batchSizes.get(i) / samples.size(),
                rate(tokens, seconds),
                rate(flops.get(i) / 1e9, seconds),
                flops.get(i) / seconds.median() / peak);
        rows.add(row);
        out.printf(
            Locale.ROOT,
            "%8d %12.0f %34s %26s %13.1f%%%n",
            row.batchSize(),
            row.tokensOfStep(),
            row.tokensPerSecond().text(0),
            row.gflops().text(1),
            100 * row.share());
      }
      out.printf(
          Locale.ROOT,
          "%nMedian (smallest..largest) of %d interleaved rounds over %d examples of %.1f"
              + " tokens,%nafter 2 of warm-up. %.3f MFLOP a token: all products. Peak: %s, %.1f GFLOP/s, the best of the"
              + " same rounds.%n",
          rounds,
          samples.size(),
          (double) tokens / samples.size(),
          flops.get(0) / tokens / 1e6,
          square.description(),
          peak / 1e9);
      int last = batchSizes.get(batchSizes.size() - 1);
      Epoch epoch = new Epoch(model, modules, initial, samples, last, timedPass);
      epoch.seconds();
      timed.clear();
      double total = epoch.seconds();
      out.printf("%nTime by operation, batch %d, from a run with a timer around each:%n", last);
      timed.print(total, out);
    }
    return rows;
  }

  private static Samples rate(double amount, Samples seconds) {
    double[] rates = new double[seconds.values().length];
    for (int i = 0; i < rates.length; i++) {
      rates[i] = amount / seconds.values()[i];
    }
    return new Samples(rates);
  }

  private static List<Sample> samples(BaseModel model, int examples) {
    return model.seesImages() ? images(model.images(), examples) : texts(model, examples);
  }

  private static List<Sample> images(ImageProcessor processor, int examples) {
    Random random = new Random(1);
    return IntStream.range(0, examples).mapToObj(i -> image(processor, random, i % 26)).toList();
  }

  private static Sample image(ImageProcessor processor, Random random, int label) {
    ImageSize size = processor.size();
    byte[] values = new byte[processor.scale().length * size.height() * size.width()];
    random.nextBytes(values);
    return new Sample(
        new Sample.Pixels(values, processor.scale(), processor.shift(), processor.tokens()),
        new int[] {label},
        1);
  }

  private static List<Sample> texts(BaseModel model, int examples) {
    TaskSplits task = WordNetTasks.load(examples, 26, 26, 42).get(0);
    Tokenizer tokenizer = model.tokenizer(128);
    List<Sample> samples = new ArrayList<>();
    for (Example example : task.train()) {
      int label = task.classes().indexOf(example.label());
      samples.add(tokenizer.encode(example.text(), example.pair(), label).sample());
    }
    return samples;
  }

  /** An epoch of training, again and again from the same state. */
  private static final class Epoch {
    private final LocalTrainer trainer;
    private final Shard shard;
    private final TaskState start;

    Epoch(
        BaseModel model,
        AdaptedModules modules,
        float[] initial,
        List<Sample> samples,
        int batchSize,
        Pass pass) {
      TrainingConfig config =
          TrainingConfig.defaults().withBatchSize(batchSize).withMaxTokens(2048);
      int classes = samples.stream().mapToInt(sample -> sample.labels()[0]).max().orElseThrow() + 1;
      int features = model.encoder().config().hiddenSize();
      TextClassifier classifier = new TextClassifier(model.encoder(), modules, initial, classes);
      trainer = new LocalTrainer(classifier, pass, config);
      int steps = Shard.stepsPerEpoch(samples.size(), config);
      shard = new Shard(42, 0, steps, steps, samples);
      start = TaskState.initial(TextClassifier.initialParameters(initial, classes, features, 42));
    }

    double seconds() {
      return Samples.seconds(() -> trainer.train(start, shard, shard.stepsPerEpoch()));
    }
  }
}
