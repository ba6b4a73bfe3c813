package io.github.cola4j.nn.kernels.cuda.check;

import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.nn.KernelProviders;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.kernels.cuda.DeviceProbe;
import io.github.cola4j.nn.kernels.cuda.DeviceProbe.Product;
import io.github.cola4j.nn.kernels.cuda.TimedKernelProvider;
import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.train.JointTrainer;
import io.github.cola4j.train.LocalSteps;
import io.github.cola4j.train.LocalTrainer;
import io.github.cola4j.train.Shard;
import io.github.cola4j.train.TaskState;
import io.github.cola4j.train.TrainingConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Steps of training of models' shapes, by {@link LocalTrainer} as a task takes them: tokens a
 * second, and the operations a second as a share of a square bfloat16 product's.
 */
final class BenchStage {
  private static final int TOP = 9;
  private static final int STEPS = 3; // of a call of a trainer of several tasks

  private BenchStage() {}

  /** A trainer and what it trains. */
  private static final class Run implements AutoCloseable {
    private final Pass pass = new Pass(DataType.FLOAT, Precision.BFLOAT16);
    private final Shard shard;
    private final LocalTrainer trainer;
    private TaskState state;
    private double lastLoss;

    Run(BenchShape shape, BenchShape.Frozen frozen, AdapterConfig adapter) {
      BenchShape.Model model = frozen.task(adapter);
      TrainingConfig config =
          TrainingConfig.defaults()
              .withBatchSize(shape.sequences())
              .withMaxTokens(shape.tokens())
              .withMaxLength(shape.length());
      this.shard = new Shard(1, 0, 1, 500, shape.samples());
      this.trainer = new LocalTrainer(model.model(), pass, config);
      this.state = TaskState.initial(model.theta());
    }

    /** Seconds of some steps. */
    double steps(int count) {
      long start = System.nanoTime();
      LocalTrainer.Result result = trainer.train(state, shard, count);
      state = result.state();
      lastLoss = result.lossSum() / result.labels();
      return (System.nanoTime() - start) / 1e9;
    }

    @Override
    public void close() {
      pass.close();
    }
  }

  static void run(Report report) {
    String provider = KernelProviders.get().of(DataType.FLOAT).name();
    double peak = provider.equals("cuda") ? peak(report) : 0;
    Map<String, AdapterConfig> adapters = new LinkedHashMap<>();
    adapters.put("lora", AdapterConfig.lora(8));
    if (!System.getProperty("check.methods", "").equals("lora")) {
      adapters.put("cola", AdapterConfig.defaults().withInit("kaiming")); // no decomposition
    }
    adapters.forEach(
        (method, adapter) -> {
          for (BenchShape shape : shapes()) {
            if (method.equals("lora") || !shape.encoder()) {
              report.item(
                  shape.name() + ", " + method,
                  () -> bench(report, shape, method, adapter, peak, provider));
            }
          }
        });
  }

  /** Tasks of one frozen model at a time, each in a thread. */
  static void tasks(Report report) {
    for (BenchShape shape : shapes()) {
      if (shape.layers() > 4 || GpuCheck.isSmall()) {
        report.item(shape.name(), () -> tasks(report, shape));
        report.item(shape.name() + ", side by side", () -> sideBySide(report, shape));
      }
    }
  }

  /** Small tasks in one batch: their low-rank GEMMs in one launch, and one after the other. */
  private static Map<String, Double> sideBySide(Report report, BenchShape shape) {
    BenchShape some = shape.withSequences(Math.max(1, shape.sequences() / 16));
    BenchShape.Frozen frozen = some.frozen();
    Map<String, Double> rates = new LinkedHashMap<>();
    for (boolean grouped : new boolean[] {true, false}) {
      System.setProperty("cola.cuda.grouped", Boolean.toString(grouped));
      for (int count : GpuCheck.isSmall() ? new int[] {2} : new int[] {1, 4, 16}) {
        rates.put(count + (grouped ? " grouped" : " one by one"), rate(some, frozen, count));
      }
    }
    System.clearProperty("cola.cuda.grouped");
    report.print(
        "%s lora, %d tokens a task, tokens/s of tasks side by side: %s",
        shape.name(), some.tokens(), rates);
    return rates;
  }

  private static double rate(BenchShape shape, BenchShape.Frozen frozen, int count) {
    TrainingConfig config =
        TrainingConfig.defaults()
            .withBatchSize(shape.sequences())
            .withMaxTokens(shape.tokens())
            .withMaxLength(shape.length());
    try (Pass pass = new Pass(DataType.FLOAT, Precision.BFLOAT16)) {
      List<LocalTrainer> trainers = new ArrayList<>();
      List<JointTrainer.Assignment> shards = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        BenchShape.Model model = frozen.task(AdapterConfig.lora(8));
        trainers.add(new LocalTrainer(model.model(), pass, config));
        TaskState state = TaskState.initial(model.theta());
        Shard shard = new Shard(1, i, 1, 500, shape.samples());
        shards.add(new JointTrainer.Assignment(state, shard, LocalSteps.all(STEPS, 0)));
      }
      JointTrainer trainer = new JointTrainer(trainers, count * shape.tokens());
      trainer.train(shards);
      long start = System.nanoTime();
      double seconds;
      long tokens = 0;
      do {
        trainer.train(shards);
        tokens += (long) STEPS * count * shape.tokens();
        seconds = (System.nanoTime() - start) / 1e9;
      } while (seconds < (GpuCheck.isSmall() ? 0 : 1));
      return Math.rint(tokens / seconds);
    }
  }

  private static Map<Integer, Double> tasks(Report report, BenchShape shape) throws Exception {
    BenchShape.Frozen frozen = shape.frozen();
    Map<Integer, Double> rates = new LinkedHashMap<>();
    for (int count : new int[] {1, 2, 4}) {
      ExecutorService pool = Executors.newFixedThreadPool(count);
      try {
        AtomicLong tokens = new AtomicLong();
        AtomicLong end = new AtomicLong();
        CyclicBarrier ready =
            new CyclicBarrier(
                count, () -> end.set(System.nanoTime() + (GpuCheck.isSmall() ? 1 : 2_000_000_000)));
        List<Future<Double>> runs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
          runs.add(
              pool.submit(
                  () -> {
                    try (Run run = new Run(shape, frozen, AdapterConfig.lora(8))) {
                      run.steps(3);
                      ready.await();
                      long start = System.nanoTime();
                      do {
                        run.steps(3);
                        tokens.addAndGet(3L * shape.tokens());
                      } while (System.nanoTime() < end.get());
                      return (System.nanoTime() - start) / 1e9;
                    }
                  }));
        }
        double seconds = 0;
        for (Future<Double> run : runs) {
          seconds = Math.max(seconds, run.get());
        }
        rates.put(count, tokens.get() / seconds);
      } finally {
        pool.shutdownNow();
      }
    }
    report.print("%s lora, tokens/s of 1, 2, 4 tasks in threads: %s", shape.name(), rounded(rates));
    return rates;
  }

  private static String rounded(Map<Integer, Double> rates) {
    return rates.values().stream()
        .map(rate -> String.format("%.0f", rate))
        .collect(Collectors.joining(", "));
  }

  private static List<BenchShape> shapes() {
    String only = System.getProperty("check.shape", "");
    return BenchShape.all(GpuCheck.isSmall()).stream()
        .filter(shape -> shape.name().startsWith(only))
        .toList();
  }

  /** Operations a second of a square bfloat16 product. */
  private static double peak(Report report) {
    int side = GpuCheck.isSmall() ? 64 : 8192;
    double[] peak = new double[1];
    report.item(
        "peak",
        () -> {
          Product square = new Product("BFLOAT16", true, false, side, side, side);
          double seconds = DeviceProbe.open().seconds(square, GpuCheck.isSmall() ? 0.01 : 0.5);
          peak[0] = 2 * Math.pow(side, 3) / seconds;
          report.print("bf16 GEMM of %d: %.1f TFLOP/s", side, peak[0] / 1e12);
          return peak[0];
        });
    return peak[0];
  }

  private static Map<String, Object> bench(
      Report report,
      BenchShape shape,
      String method,
      AdapterConfig adapter,
      double peak,
      String provider) {
    long start = System.nanoTime();
    try (Run run = new Run(shape, shape.frozen(), adapter)) {
      double made = (System.nanoTime() - start) / 1e9;
      double first = run.steps(1);
      double firstLoss = run.lastLoss;
      double enough = GpuCheck.isSmall() ? 0 : 3;
      for (double warm = 0; warm < enough / 2; ) { // the JVM compiles meanwhile
        warm += run.steps(2);
      }
      List<Double> steps = new ArrayList<>();
      double total = 0;
      do {
        int some = steps.isEmpty() ? 1 : (int) Math.max(1, Math.min(20, 1 / steps.get(0)));
        double seconds = run.steps(some);
        total += seconds;
        for (int i = 0; i < some; i++) {
          steps.add(seconds / some);
        }
      } while (total < enough);
      double step = steps.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
      double mean = total / steps.size();
      Map<String, Object> found = new LinkedHashMap<>();
      found.put("provider", provider);
      found.put("method", method);
      found.put("tokens", shape.tokens());
      found.put("madeSeconds", made);
      found.put("firstStepSeconds", first);
      found.put("stepSeconds", mean);
      found.put("bestStepSeconds", step);
      found.put("steps", steps.size());
      found.put("tokensPerSecond", shape.tokens() / mean);
      found.put("teraflops", shape.operations() / mean / 1e12);
      if (peak > 0) {
        long[] memory = DeviceProbe.memory();
        found.put("deviceBytes", memory[1] - memory[0]);
      }
      found.put("firstLoss", firstLoss);
      found.put("lastLoss", run.lastLoss);
      String share = "";
      if (peak > 0) {
        double value = shape.operations() / mean / peak;
        found.put("shareOfPeak", value);
        share = String.format(", %.1f %% of peak", 100 * value);
      }
      report.print(
          "%s %s: %.0f tokens/s, %.2f ms/step (best %.2f, first %.0f), %.1f TFLOP/s%s, loss %.3f →"
              + " %.3f",
          shape.name(),
          method,
          shape.tokens() / mean,
          1e3 * mean,
          1e3 * step,
          1e3 * first,
          shape.operations() / mean / 1e12,
          share,
          firstLoss,
          run.lastLoss);
      return found;
    }
  }

  /** Where a step's time goes: needs {@code -Dcola.kernels=timed}. */
  static void times(Report report) {
    for (BenchShape shape : shapes()) {
      report.item(shape.name(), () -> times(report, shape));
    }
  }

  private static Map<String, double[]> times(Report report, BenchShape shape) {
    try (Run run = new Run(shape, shape.frozen(), AdapterConfig.lora(8))) {
      run.steps(2);
      TimedKernelProvider.reset();
      double seconds = run.steps(1);
      Map<String, double[]> times = TimedKernelProvider.times();
      double calls = times.values().stream().mapToDouble(time -> time[0]).sum();
      StringBuilder line = new StringBuilder();
      times.entrySet().stream()
          .limit(TOP)
          .forEach(
              entry ->
                  line.append(
                      String.format(
                          "; %s %.2f ms (%.0f)",
                          entry.getKey(), 1e3 * entry.getValue()[1], entry.getValue()[0])));
      report.print(
          "%s, lora, a step of %.1f ms call by call, %.0f calls%s",
          shape.name(), 1e3 * seconds, calls, line);
      return times;
    }
  }
}
