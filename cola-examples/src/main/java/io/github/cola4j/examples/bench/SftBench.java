package io.github.cola4j.examples.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.Sample;
import io.github.cola4j.data.template.DialogueEncoder;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.data.template.PromptTemplates;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.nn.stored.Quantization;
import io.github.cola4j.nn.stored.WeightOptions;
import io.github.cola4j.spark.cli.console.Console;
import io.github.cola4j.spark.cli.console.ConsoleOptions;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * An epoch of supervised fine-tuning of a decoder with CoLA 2|3 of rank 8 on all linear layers, to
 * lay beside {@code tools/bench_torch.py --order file}: the same samples in the same batches.
 */
@Command(
    name = "sft",
    mixinStandardHelpOptions = true,
    description = "An epoch of fine-tuning a decoder, relative to the machine's best product.")
public final class SftBench implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Parameters(index = "0", paramLabel = "MODEL", description = "A Hugging Face folder.")
  private String model;

  @Parameters(
      index = "1",
      paramLabel = "DATA",
      description = "A JSON list of objects with instruction, input, output.")
  private Path data;

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "64",
      description = "Rows of the file, from the first (default ${DEFAULT-VALUE}).")
  private int samples;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      defaultValue = "8",
      description = "Samples of a step, in the file's order (default ${DEFAULT-VALUE}).")
  private int batchSize;

  @Option(
      names = "--shards",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Workers that train at the same time on one base, as Spark tasks do, each on every Nth"
              + " batch (default ${DEFAULT-VALUE}).")
  private int shards;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "1",
      description = "Threads of BLAS for each worker (default ${DEFAULT-VALUE}).")
  private int threads;

  @Option(
      names = "--tasks",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Tasks with a state of their own, trained one after the other on one base (default"
              + " ${DEFAULT-VALUE}).")
  private int tasks;

  @Option(
      names = "--template",
      paramLabel = "NAME",
      defaultValue = PromptTemplates.ALPACA,
      description = "Prompt template (default ${DEFAULT-VALUE}).")
  private String template;

  @Option(
      names = "--cutoff",
      paramLabel = "N",
      defaultValue = "1024",
      description = "Tokens of a sample at most (default ${DEFAULT-VALUE}).")
  private int cutoff;

  @Option(
      names = "--compute",
      paramLabel = "TYPE",
      defaultValue = "float32",
      description = "float32 or bfloat16, what frozen products take (default ${DEFAULT-VALUE}).")
  private Precision compute;

  @Option(
      names = "--quantize",
      paramLabel = "TYPE",
      description = "int8 or nf4, what frozen weights are quantised to (default: not at all).")
  private Quantization quantize;

  @Option(names = "--recompute", description = "Compute blocks again in the backward.")
  private boolean recompute;

  @Option(
      names = "--breakdown",
      description = "Put a timer around each operation and print their shares.")
  private boolean breakdown;

  @Option(
      names = "--factors",
      paramLabel = "M,N",
      split = ",",
      arity = "1",
      defaultValue = "2,3",
      description = "How many A and B; 1,1 with --init kaiming is LoRA (default 2,3).")
  private List<Integer> factors;

  @Option(
      names = "--init",
      paramLabel = "NAME",
      defaultValue = "pissa",
      description = "Initialiser; pissa has a fixed pair, kaiming none (default ${DEFAULT-VALUE}).")
  private String init;

  @Option(
      names = "--peak-size",
      paramLabel = "N",
      defaultValue = "1536",
      description =
          "Rows and columns of the product that gives the peak (default ${DEFAULT-VALUE}).")
  private int peakSize;

  /**
   * What was measured. Samples and tokens are those of one task's epoch, seconds of all tasks'.
   *
   * @param leftOut rows whose prompt fills the cutoff, or without an answer
   * @param cpuSeconds of all threads: what to compare by where other programs run too
   * @param meanLoss mean over the batches of the first task's mean loss, each before its step
   * @param gflops rate of the products that the steps need ({@link DecoderFlops})
   * @param peakGflops the best product of the same run on as many threads
   * @param peakMiB the process's largest resident size
   */
  public record Result(
      int samples,
      int leftOut,
      int tokens,
      int supervisedTokens,
      double seconds,
      double cpuSeconds,
      double samplesPerSecond,
      double tokensPerSecond,
      double meanLoss,
      double gflops,
      double peakGflops,
      double shareOfPeak,
      long peakMiB) {}

  @Mixin private ConsoleOptions console;

  @Override
  public Integer call() {
    Console printed = console.console();
    printed.json(run(printed.report()));
    return 0;
  }

  /** Measures and prints. */
  Result run(PrintStream out) {
    if (samples < 1 || batchSize < 1 || shards < 1 || threads < 1 || tasks < 1 || peakSize < 1) {
      throw new IllegalArgumentException(
          "all numbers must be at least 1, got --samples, --batch-size, --shards, --threads,"
              + " --tasks and --peak-size "
              + List.of(samples, batchSize, shards, threads, tasks, peakSize));
    }
    Kernels.limitThreads(threads);
    if (factors.size() != 2 || factors.get(0) < 1 || factors.get(1) < 1) {
      throw new IllegalArgumentException("expected --factors M,N such as 2,3, got " + factors);
    }
    AdapterConfig adapter =
        AdapterConfig.defaults()
            .withA(factors.get(0))
            .withB(factors.get(1))
            .withPairing("full")
            .withInit(init);
    BaseModel base = BaseModel.load(model, new WeightOptions(compute, quantize));
    List<Sample> encoded = encode(base);
    AdaptedModules modules = AdaptedModules.trained(base.decoder().linears(), adapter);
    float[] initial = modules.initial(42);
    int fixed = init.equals("kaiming") ? 0 : adapter.rank();
    double flops = DecoderFlops.of(base.decoder(), adapter.rank(), fixed).of(encoded) * tasks;
    SftEpoch epoch =
        new SftEpoch(base, modules, initial, batches(encoded), shards, recompute, breakdown);
    try (epoch) {
      Machine.print(out, arguments(), base.transformer().type());
      epoch.warmUp();
      double peak = epoch.peak(peakSize, compute);
      SftEpoch.Measured measured = epoch.train(tasks);
      peak = Math.max(peak, epoch.peak(peakSize, compute));
      int tokens = encoded.stream().mapToInt(Sample::length).sum();
      double seconds = measured.seconds();
      Result result =
          new Result(
              encoded.size(),
              samples - encoded.size(),
              tokens,
              encoded.stream().mapToInt(Sample::supervised).sum(),
              seconds,
              measured.cpuSeconds(),
              tasks * encoded.size() / seconds,
              tasks * tokens / seconds,
              measured.meanLoss(),
              flops / seconds / 1e9,
              peak / 1e9,
              flops / seconds / peak,
              Machine.peakMemory() >> 20);
      print(result, adapter, modules.layout().length(), out);
      if (breakdown) {
        out.println();
        measured.timed().print(seconds, out);
      }
      return result;
    }
  }

  /** A sample of each row that has something to learn. */
  private List<Sample> encode(BaseModel base) {
    DialogueEncoder encoder =
        base.dialogues(PromptConfig.defaults().withTemplate(template), cutoff);
    List<Sample> encoded = new ArrayList<>();
    for (JsonNode row : rows()) {
      Dialogue dialogue =
          Dialogue.alpaca(
              row.path("instruction").asText(),
              row.path("input").asText(),
              row.path("output").asText());
      Sample sample = encoder.encode(dialogue).sample();
      if (sample != null) {
        encoded.add(sample);
      }
    }
    if (encoded.isEmpty()) {
      throw new IllegalArgumentException(
          "no row of " + data + " has an answer and a prompt below " + cutoff + " tokens");
    }
    return encoded;
  }

  private List<JsonNode> rows() {
    try {
      JsonNode file = JSON.readTree(data.toFile());
      if (!file.isArray() || file.size() < samples) {
        throw new IllegalArgumentException(
            "expected a JSON list of at least "
                + samples
                + " objects in "
                + data
                + ", got "
                + (file.isArray() ? file.size() + "; lower --samples" : file.getNodeType()));
      }
      List<JsonNode> rows = new ArrayList<>();
      file.forEach(rows::add);
      return rows.subList(0, samples);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + data + ": " + e.getMessage(), e);
    }
  }

  private List<List<Sample>> batches(List<Sample> encoded) {
    List<List<Sample>> batches = new ArrayList<>();
    for (int from = 0; from < encoded.size(); from += batchSize) {
      batches.add(List.copyOf(encoded.subList(from, Math.min(encoded.size(), from + batchSize))));
    }
    return batches;
  }

  private String arguments() {
    return String.format(
        Locale.ROOT,
        "sft %s %s --samples %d --batch-size %d --shards %d --threads %d --tasks %d --template %s"
            + " --cutoff %d --factors %d,%d --init %s --peak-size %d --compute %s%s%s%s",
        model,
        data,
        samples,
        batchSize,
        shards,
        threads,
        tasks,
        template,
        cutoff,
        factors.get(0),
        factors.get(1),
        init,
        peakSize,
        compute,
        quantize == null ? "" : " --quantize " + quantize,
        recompute ? " --recompute" : "",
        breakdown ? " --breakdown" : "");
  }

  private void print(Result result, AdapterConfig adapter, int trained, PrintStream out) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("method", "cola");
    line.put("pairs", adapter.a() + "|" + adapter.b());
    line.put("compute", compute.toString());
    line.put("quantize", quantize == null ? null : quantize.toString());
    line.put("rank", adapter.rank());
    line.put("init", init);
    line.put("trained", trained);
    line.put("batchSize", batchSize);
    line.put("shards", shards);
    line.put("threads", threads);
    line.put("tasks", tasks);
    line.put("recompute", recompute);
    Map<?, ?> measured = JSON.convertValue(result, LinkedHashMap.class);
    measured.forEach(
        (key, value) ->
            line.put(
                (String) key,
                value instanceof Double number ? Math.round(number * 1e4) / 1e4 : value));
    line.forEach((key, value) -> out.printf("%-17s %s%n", key, value));
    out.println(JSON.valueToTree(line));
  }
}
