package io.github.cola4j.examples.bench;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.data.Sample;
import io.github.cola4j.io.weights.FloatType;
import io.github.cola4j.io.weights.Safetensors;
import io.github.cola4j.io.weights.SafetensorsWriter;
import io.github.cola4j.model.Decoder;
import io.github.cola4j.model.LanguageModel;
import io.github.cola4j.model.TransformerConfig;
import io.github.cola4j.model.WeightLoader;
import io.github.cola4j.model.llama.LlamaConfig;
import io.github.cola4j.model.llama.LlamaDecoder;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.Seeds;
import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.nn.stored.WeightOptions;
import io.github.cola4j.spark.cli.console.ConsoleOptions;
import io.github.cola4j.train.LocalTrainer;
import io.github.cola4j.train.Shard;
import io.github.cola4j.train.TaskState;
import io.github.cola4j.train.TrainingConfig;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.nd4j.linalg.api.buffer.DataType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * The memory of a JVM that trains a Llama of a billion random parameters in bfloat16: what is its
 * own (anonymous), and what it shares with others by the file of the weights. Started twice at the
 * same time on one file, it shows one copy.
 */
@Command(
    name = "memory",
    mixinStandardHelpOptions = true,
    description = "Memory of a JVM that trains a model of a billion parameters in bfloat16.")
public final class MemoryBench implements Callable<Integer> {
  private static final String CONFIG =
      """
      {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_act": "silu",
       "hidden_size": 2048, "intermediate_size": 8192, "num_hidden_layers": %d,
       "num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": 32768,
       "max_position_embeddings": 2048, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
       "tie_word_embeddings": true}
      """;

  @Parameters(
      index = "0",
      paramLabel = "FILE",
      description = "The weights, 2 GB of safetensors; written if it is not there.")
  private Path file;

  @Option(
      names = "--layers",
      paramLabel = "N",
      defaultValue = "16",
      description = "Blocks of 61 million parameters (default ${DEFAULT-VALUE}).")
  private int layers;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "10",
      description = "Steps of one sample of 128 tokens (default ${DEFAULT-VALUE}).")
  private int steps;

  @Option(
      names = "--compute",
      paramLabel = "TYPE",
      defaultValue = "float32",
      description = "float32 or bfloat16, what frozen products take (default ${DEFAULT-VALUE}).")
  private Precision compute;

  @Mixin private ConsoleOptions console;

  /** What Linux counts for this process at one time, in MB. */
  private record Used(String when, long anonymous, long resident, long proportional) {}

  @Override
  public Integer call() throws IOException {
    if (layers < 1 || steps < 1) {
      throw new IllegalArgumentException(
          "--layers and --steps must be at least 1, got " + List.of(layers, steps));
    }
    LlamaConfig config =
        (LlamaConfig)
            TransformerConfig.read(String.format(Locale.ROOT, CONFIG, layers), "the benchmark");
    if (!Files.exists(file)) {
      write(config);
      console
          .console()
          .report()
          .println("written; start again to measure, as writing leaves traces in memory");
      console.console().json(Map.of("rows", List.of()));
      return 0;
    }
    Kernels.limitThreads(1);
    String command = "memory " + file + " --layers " + layers + " --steps " + steps;
    PrintStream out = console.console().report();
    List<Used> used = new ArrayList<>();
    Machine.print(out, command + " --compute " + compute, DataType.FLOAT);
    used.add(report("at the start", out));
    try (Safetensors weights = Safetensors.open(file)) {
      WeightOptions options = new WeightOptions(compute);
      Decoder decoder =
          new LlamaDecoder(config, new WeightLoader(weights, DataType.FLOAT, options));
      out.printf(Locale.ROOT, "%,d parameters%n", decoder.parameters());
      used.add(report("loaded", out));
      train(decoder, used, out);
    }
    console.console().json(Map.of("rows", used));
    return 0;
  }

  private void train(Decoder decoder, List<Used> used, PrintStream out) {
    AdaptedModules modules = AdaptedModules.trained(decoder.linears(), AdapterConfig.defaults());
    float[] initial = modules.initial(1);
    Random random = new Random(2);
    int[] ids = random.ints(129, 0, decoder.config().vocabSize()).toArray();
    int[] tokens = Arrays.copyOf(ids, 128);
    List<Sample> samples =
        List.of(new Sample(tokens, new int[128], Arrays.copyOfRange(ids, 1, 129)));
    try (Pass pass = new Pass(DataType.FLOAT)) {
      LanguageModel model = new LanguageModel(decoder, modules, initial, false);
      LocalTrainer trainer = new LocalTrainer(model, pass, TrainingConfig.defaults());
      TaskState state = TaskState.initial(initial);
      for (int step = 1; step <= steps; step++) {
        trainer.train(state, new Shard(1, 0, 1, steps, samples), 1);
        if (step == 1 || step == steps) {
          used.add(report(step + (step == 1 ? " step" : " steps"), out));
        }
      }
    }
  }

  private static Used report(String when, PrintStream out) {
    Map<String, Long> kilobytes = new TreeMap<>();
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/smaps_rollup"))) {
        String[] words = line.split("\\s+", -1);
        if (words.length > 2 && words[2].equals("kB")) {
          kilobytes.put(words[0], Long.parseLong(words[1]));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the benchmark needs Linux's /proc: " + e.getMessage(), e);
    }
    Used used =
        new Used(
            when,
            kilobytes.get("Anonymous:") / 1000,
            kilobytes.get("Rss:") / 1000,
            kilobytes.get("Pss:") / 1000);
    out.printf(
        Locale.ROOT,
        "%-12s anonymous %,6d MB, resident %,6d MB, proportional share (Pss) %,6d MB%n",
        when,
        used.anonymous(),
        used.resident(),
        used.proportional());
    return used;
  }

  /** Evenly distributed weights, the same on every machine. */
  private void write(LlamaConfig config) {
    Map<String, SafetensorsWriter.Source> tensors = new TreeMap<>();
    int d = config.hiddenSize();
    int inner = config.intermediateSize();
    int keys = d / 4; // 8 of 32 heads
    put(tensors, "model.embed_tokens.weight", config.vocabSize(), d);
    put(tensors, "model.norm.weight", d);
    for (int i = 0; i < layers; i++) {
      String layer = "model.layers." + i + ".";
      put(tensors, layer + "input_layernorm.weight", d);
      put(tensors, layer + "post_attention_layernorm.weight", d);
      put(tensors, layer + "self_attn.q_proj.weight", d, d);
      put(tensors, layer + "self_attn.k_proj.weight", keys, d);
      put(tensors, layer + "self_attn.v_proj.weight", keys, d);
      put(tensors, layer + "self_attn.o_proj.weight", d, d);
      put(tensors, layer + "mlp.gate_proj.weight", inner, d);
      put(tensors, layer + "mlp.up_proj.weight", inner, d);
      put(tensors, layer + "mlp.down_proj.weight", d, inner);
    }
    SafetensorsWriter.writeSources(file, tensors, FloatType.BF16, Map.of());
  }

  private static void put(
      Map<String, SafetensorsWriter.Source> tensors, String name, long... shape) {
    int length = Math.toIntExact(Arrays.stream(shape).reduce(1, (a, b) -> a * b));
    float scale = shape.length == 1 ? 0 : (float) (1 / Math.sqrt(shape[1]));
    tensors.put(
        name,
        new SafetensorsWriter.Source(
            shape,
            () -> {
              SplittableRandom random = new SplittableRandom(Seeds.of(name));
              float[] elements = new float[length];
              for (int i = 0; i < length; i++) {
                elements[i] = scale == 0 ? 1 : scale * (float) (2 * random.nextDouble() - 1);
              }
              return elements;
            }));
  }
}
