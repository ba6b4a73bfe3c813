package io.github.cola4j.examples.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cola4j.data.Sample;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.Decoder;
import io.github.cola4j.model.llama.LlamaConfig;
import io.github.cola4j.nn.CausalAttention;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.batch.TokenBatch;
import io.github.cola4j.nn.stored.BFloat16Copy;
import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.spark.cli.Cola;
import io.github.cola4j.spark.job.spec.Job;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import picocli.CommandLine;

/** The benchmarks in tiny form: that they run and print what they measured, not how fast. */
class BenchTest {
  private static final String TINY_LLAMA =
      "../cola-core/src/test/resources/goldens/decoder/llama/model";

  private static final String TINY_VIT =
      "../cola-core/src/test/resources/goldens/encoder/vit/model";

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  private String printed() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void skewPrintsTheBusyShareOfEqualAndSkewedTasks() {
    String arguments =
        "--model ../cola-core/src/test/resources/goldens/bert/model --cores 2 --tasks 3 --examples"
            + " 4 --ratio 10 --shard 20 --rounds 2";
    SkewBench bench = CommandLine.populateCommand(new SkewBench(), arguments.split(" "));

    List<SkewBench.Row> rows = bench.run(out);

    assertThat(rows).extracting(SkewBench.Row::name).containsExactly("equal", "skewed");
    assertThat(rows.get(0).sizes()).containsExactly(16, 16, 16);
    assertThat(rows.get(1).sizes()).containsExactly(4, 4, 40);
    assertThat(rows).extracting(SkewBench.Row::shards).containsExactly(3, 4);
    assertThat(rows).allSatisfy(row -> assertThat(row.busy()).isBetween(0.01, 1.1));
    assertThat(printed()).contains("bin/cola bench skew " + arguments);
    assertThat(printed().lines()).anyMatch(line -> line.matches("skewed +\\[4, 4, 40].*%"));
    assertThat(Cola.run("bench", "skew", "--rounds", "1")).isEqualTo(1);
  }

  @Test
  void jobsPrintsWhatManyTasksAndManyFilesCost() throws IOException {
    String arguments =
        "--model ../cola-core/src/test/resources/goldens/bert/model --cores 2 --tasks 3 --rows 5"
            + " --files 4 --file-rows 40";
    JobsBench bench = CommandLine.populateCommand(new JobsBench(), arguments.split(" "));

    List<JobsBench.Row> rows = bench.run(out);

    assertThat(rows).extracting(JobsBench.Row::name).containsExactly("tasks", "one file", "files");
    assertThat(rows).extracting(JobsBench.Row::tasks).containsExactly(3, 1, 1);
    assertThat(rows).extracting(JobsBench.Row::files).containsExactly(1, 1, 4);
    assertThat(rows)
        .allSatisfy(
            row -> {
              assertThat(row.outside()).isPositive().isLessThan(row.seconds());
              assertThat(row.cpu()).isPositive();
              assertThat(row.sparkJobs()).isBetween(4, 40);
            });
    assertThat(printed()).contains("bin/cola bench jobs " + arguments);
    assertThat(printed()).containsPattern("many files take \\d+\\.\\d\\d of one file's seconds");
    assertThat(Cola.run("bench", "jobs", "--files", "9", "--file-rows", "8")).isEqualTo(1);
  }

  @Test
  void linearPrintsARowForEachShapeAndVariant() {
    List<LinearBench.Row> rows =
        LinearBench.run(
            List.of(new LinearBench.Shape(8, 24, 32), new LinearBench.Shape(5, 40, 16)),
            2,
            Precision.FLOAT32,
            out);
    assertThat(rows).hasSize(14);
    assertThat(rows.get(0).ratio().values()).containsExactly(1, 1);
    for (LinearBench.Row row : rows) {
      positive(row.milliseconds());
      positive(row.ratio());
      assertThat(printed().lines())
          .anyMatch(
              line ->
                  line.startsWith(row.shape() + " ")
                      && line.contains(" " + row.variant() + " ")
                      && line.contains(row.ratio().text(2)));
    }
    assertThat(printed().lines())
        .anyMatch(line -> line.matches("5x40x16 +heuristic( +[-\\d.]+){2}"));
    assertThat(printed()).contains("bin/cola bench linear --shape 8x24x32,5x40x16 --rounds 2");
    assertThat(printed()).containsPattern("peak \\d+\\.\\d GFLOP/s");
  }

  @Test
  void encoderPrintsARowForEachBatchSizeAndTheTimeOfEachOperation() {
    List<EncoderBench.Row> rows =
        EncoderBench.run(Job.DEFAULT_MODEL, List.of(13, 26), 1, 26, 64, Precision.FLOAT32, out);
    assertThat(rows).extracting(EncoderBench.Row::batchSize).containsExactly(13, 26);
    for (EncoderBench.Row row : rows) {
      positive(row.tokensPerSecond());
      positive(row.gflops());
      assertThat(row.share()).isPositive().isFinite();
      assertThat(printed()).contains(row.tokensPerSecond().text(0));
    }
    assertThat(printed()).contains("gemm, frozen layers", "gemm, adapters", "attentionBackward");
  }

  @Test
  void sftTrainsShardsOfTasksAndPrintsALineOfJson(@TempDir Path folder) throws IOException {
    Path data = folder.resolve("alpaca.json");
    String row = "{\"instruction\": \"say it %d\", \"input\": \"\", \"output\": \"%s\"}";
    Files.writeString(
        data,
        IntStream.range(0, 5)
            .mapToObj(i -> String.format(row, i, i == 3 ? "" : "a b c"))
            .collect(Collectors.joining(",", "[", "]")));
    String[] arguments = {
      TINY_LLAMA,
      data.toString(),
      "--samples",
      "5",
      "--batch-size",
      "2",
      "--shards",
      "2",
      "--tasks",
      "2",
      "--recompute",
      "--breakdown",
      "--peak-size",
      "64"
    };
    SftBench bench = CommandLine.populateCommand(new SftBench(), arguments);
    SftBench.Result result = bench.run(out);
    assertThat(result.samples()).isEqualTo(4);
    assertThat(result.leftOut()).isEqualTo(1);
    assertThat(result.supervisedTokens()).isPositive().isLessThan(result.tokens());
    assertThat(result.meanLoss()).isPositive().isFinite();
    assertThat(result.samplesPerSecond()).isPositive().isFinite();
    assertThat(result.shareOfPeak()).isPositive().isFinite();
    JsonNode line =
        new ObjectMapper()
            .readTree(printed().lines().filter(l -> l.startsWith("{")).findFirst().orElseThrow());
    assertThat(line.get("samples").asInt()).isEqualTo(4);
    assertThat(line.get("tasks").asInt()).isEqualTo(2);
    assertThat(printed()).contains("--shards 2", "causalAttentionBackward");

    assertThat(Cola.run("bench", "sft", TINY_LLAMA, data.toString(), "--tasks", "0")).isNotZero();
    arguments[3] = "6";
    SftBench tooMany = CommandLine.populateCommand(new SftBench(), arguments);
    assertThatThrownBy(() -> tooMany.run(out))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("lower --samples");
  }

  @Test
  void flopsOfADecoderAreThoseOfItsProducts() {
    CausalAttention all = new CausalAttention(2, 1, 3, 0);
    CausalAttention two = new CausalAttention(2, 1, 3, 2);
    LlamaConfig model =
        new LlamaConfig(
            "llama",
            new LlamaConfig.Sizes(10, 4, 8, 9),
            List.of(all, two),
            null,
            null,
            null,
            null,
            true);
    int ignored = Sample.IGNORED;
    Sample sample = new Sample(new int[4], new int[4], new int[] {ignored, 1, ignored, 2});
    // T = 4, L = 2, d = 4, h·dh = 6, keys 3, intermediate 8, w = 2, f = 1
    double keys = 2 * (4 * 4.0 * 3 + 16 * 7);
    double rest = 2 * (4 * 4.0 * 6 + 16 * 10) + 3 * (4 * 4.0 * 8 + 16 * 12);
    double notNeeded = 4 * (2 * (2 * 4.0 * 3 + 6 * 4 + 2 * 3) + 2 * 4.0 * 6 + 6 * 4 + 2 * 6);
    double attention = 12 * 6.0 * (1 + 2 + 3 + 4) + 12 * 6.0 * (2 + 2);
    double vocabulary = 4 * 4.0 * 10 * 2;
    assertThat(new DecoderFlops(model, 2, 2, 1).of(List.of(sample)))
        .isEqualTo((4 + 4) * keys + (4 + 2) * rest - notNeeded + attention + vocabulary);
  }

  private static void positive(Samples samples) {
    for (double value : samples.values()) {
      assertThat(value).isPositive().isFinite();
    }
  }

  @Test
  void theCommandIsFoundAndRefusesNonsense() {
    assertThat(Cola.run("bench", "linear", "--shape", "4x16x16", "--rounds", "1")).isZero();
    assertThat(Cola.run("bench", "linear", "--shape", "4x16")).isEqualTo(2);
    assertThat(Cola.run("bench")).isEqualTo(2);
    assertThatThrownBy(
            () -> EncoderBench.run(Job.DEFAULT_MODEL, List.of(1), 0, 26, 8, Precision.FLOAT32, out))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--rounds");
  }

  @Test
  void variantsAreMeasuredInTurnAndWarmUpDoesNotCount() {
    StringBuilder order = new StringBuilder();
    DoubleSupplier a = () -> order.append('A').length();
    DoubleSupplier b = () -> order.append('B').length();
    List<Samples> samples = Samples.interleaved(List.of(a, b), 1, 2);
    assertThat(order).hasToString("ABABAB");
    assertThat(samples.get(0).values()).containsExactly(3, 5);
    assertThat(samples.get(1).values()).containsExactly(4, 6);
    assertThat(new Samples(new double[] {4, 1, 2, 9}).text(1)).isEqualTo("3.0 (1.0..9.0)");
  }

  @Test
  void aFeedForwardHasAGateOrNone() {
    Decoder llama = BaseModel.load(TINY_LLAMA).decoder();
    Decoder starCoder = BaseModel.load(TINY_LLAMA.replace("llama", "starcoder2")).decoder();
    assertThat(DecoderFlops.of(llama, 2, 1).inner()).isEqualTo(2);
    assertThat(DecoderFlops.of(starCoder, 2, 1).inner()).isEqualTo(1);
  }

  @Test
  void encoderMeasuresImagesToo() {
    List<EncoderBench.Row> rows =
        EncoderBench.run(TINY_VIT, List.of(26), 1, 26, 64, Precision.FLOAT32, out);
    assertThat(rows).singleElement().satisfies(row -> positive(row.gflops()));
  }

  @Test
  void flopsAreThoseOfProductsAndAttention() {
    TimedKernels timed = new TimedKernels(Kernels.forThread(DataType.FLOAT));
    Kernels kernels = timed.kernels();
    Matrix a = zeros(3, 2);
    kernels.gemm(1, a, true, zeros(3, 4), false, 0, zeros(2, 4));
    kernels.gemm(1, a, false, zeros(5, 2), true, 0, zeros(3, 5));
    assertThat(timed.flops()).isEqualTo(2.0 * 2 * 3 * 4 + 2 * 3 * 2 * 5);
    timed.clear();
    BFloat16Copy stored = new BFloat16Copy(6, 4);
    stored.setRows(0, new float[24]);
    kernels.gemm(stored.matrix(), false, Precision.FLOAT32, zeros(4, 7), false, zeros(6, 7));
    assertThat(timed.flops()).isEqualTo(2.0 * 6 * 4 * 7);
    timed.clear();
    TokenBatch batch = new TokenBatch(new int[5], new int[5], new int[] {0, 2, 5});
    kernels.attention(zeros(8, 5), zeros(8, 5), zeros(8, 5), 2, batch, zeros(8, 5), zeros(2, 5));
    assertThat(timed.flops()).isEqualTo(4.0 * 8 * (4 + 9));
  }

  private static Matrix zeros(int rows, int columns) {
    return Matrix.zeros(DataType.FLOAT, rows, columns);
  }
}
