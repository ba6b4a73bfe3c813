package io.github.cola4j.nn.kernels.cuda.check;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.data.Sample;
import io.github.cola4j.model.LanguageModel;
import io.github.cola4j.model.TaskModel;
import io.github.cola4j.model.TextClassifier;
import io.github.cola4j.model.WeightLoader;
import io.github.cola4j.model.bert.BertConfig;
import io.github.cola4j.model.bert.BertEncoder;
import io.github.cola4j.model.llama.LlamaConfig;
import io.github.cola4j.model.llama.LlamaDecoder;
import io.github.cola4j.nn.CausalAttention;
import io.github.cola4j.nn.layer.GatedActivation;
import io.github.cola4j.nn.layer.RotaryEmbedding;
import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.nn.stored.WeightOptions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * A model's shape with random weights in bfloat16, and synthetic samples of one length.
 *
 * @param name how reports call it
 * @param encoder a classifier on a BERT; else a Llama of tied tables, whose every token is
 *     supervised
 * @param vocabulary entries of the token table
 * @param d width
 * @param layers blocks
 * @param heads of queries
 * @param keyHeads of keys and values
 * @param inner width of the feed-forward
 * @param sequences of a step
 * @param length tokens of each
 */
record BenchShape(
    String name,
    boolean encoder,
    int vocabulary,
    int d,
    int layers,
    int heads,
    int keyHeads,
    int inner,
    int sequences,
    int length) {
  private static final int CLASSES = 3;

  /** The shapes by size: those of the benches, or some for an emulator. */
  static List<BenchShape> all(boolean small) {
    return small
        ? List.of(
            new BenchShape("minilm", true, 101, 48, 2, 4, 4, 64, 4, 8),
            new BenchShape("smollm2-135m", false, 101, 48, 2, 6, 2, 64, 2, 16),
            new BenchShape("llama-8b, 4 blocks", false, 101, 64, 1, 4, 2, 96, 2, 16))
        : List.of(
            new BenchShape("smollm2-135m", false, 49_152, 576, 30, 9, 3, 1536, 16, 512),
            new BenchShape("llama-8b, 4 blocks", false, 8192, 4096, 4, 32, 8, 14_336, 4, 1024),
            new BenchShape("minilm", true, 30_522, 384, 6, 12, 12, 1536, 64, 128));
  }

  /** The same with another number of sequences. */
  BenchShape withSequences(int other) {
    return new BenchShape(
        name, encoder, vocabulary, d, layers, heads, keyHeads, inner, other, length);
  }

  /** Tokens of a step. */
  int tokens() {
    return sequences * length;
  }

  /** Elements of the blocks' linear layers. */
  long linear() {
    long attention = 2L * d * d + 2L * d * (d / heads * keyHeads);
    return layers * (attention + (encoder ? 2L : 3L) * d * inner);
  }

  /**
   * Operations of a step's frozen products and attention: forward, and once more as much for the
   * inputs' gradients (attention twice and a half). Adapters, norms and embeddings do not count.
   */
  double operations() {
    double head = encoder ? 0 : (double) d * vocabulary;
    double attention = 4.0 * layers * d * length * (encoder ? 1 : 0.5);
    return tokens() * (4 * (linear() + head) + 3.5 * attention);
  }

  /** A task's model and what it is trained from. */
  record Model(TaskModel model, float[] theta) {}

  /** What tasks share; makes a task's model. */
  interface Frozen {
    Model task(AdapterConfig adapter);
  }

  /** The frozen model, computed in bfloat16. */
  Frozen frozen() {
    return frozen(Precision.BFLOAT16);
  }

  /** The frozen model, computed in a precision. */
  Frozen frozen(Precision precision) {
    WeightLoader load =
        new WeightLoader(new RandomWeights(), DataType.FLOAT, new WeightOptions(precision));
    if (encoder) {
      BertEncoder bert =
          new BertEncoder(
              new BertConfig("bert", vocabulary, d, layers, heads, inner, 512, 2, 1e-12), load);
      return adapter -> {
        AdaptedModules modules = new AdaptedModules(bert.linears(), adapter);
        float[] initial = modules.initial(1);
        return new Model(
            new TextClassifier(bert, modules, initial, CLASSES),
            TextClassifier.initialParameters(initial, CLASSES, d, 4));
      };
    }
    CausalAttention attention = new CausalAttention(heads, keyHeads, d / heads, 0);
    LlamaDecoder llama =
        new LlamaDecoder(
            new LlamaConfig(
                "llama",
                new LlamaConfig.Sizes(vocabulary, d, inner, Math.max(2048, length)),
                Collections.nCopies(layers, attention),
                Collections.nCopies(layers, RotaryEmbedding.of(10_000, d / heads, null)),
                LlamaConfig.Norms.before(1e-5),
                new LlamaConfig.Linears(
                    new LlamaConfig.Biases(false, false, false), false, GatedActivation.SWIGLU),
                LlamaConfig.Multipliers.ofWidth(d / heads),
                true),
            load);
    return adapter -> {
      AdaptedModules modules = new AdaptedModules(llama.linears(), adapter);
      float[] initial = modules.initial(1);
      return new Model(new LanguageModel(llama, modules, initial, false), initial);
    };
  }

  List<Sample> samples() {
    Random random = new Random(3);
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < sequences; i++) {
      int[] ids = random.ints(length, 0, vocabulary).toArray();
      samples.add(
          encoder
              ? new Sample(ids, new int[length], random.nextInt(CLASSES))
              : new Sample(ids, new int[length], random.ints(length, 0, vocabulary).toArray()));
    }
    return samples;
  }
}
