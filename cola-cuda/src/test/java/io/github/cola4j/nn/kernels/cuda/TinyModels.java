package io.github.cola4j.nn.kernels.cuda;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.data.Batcher;
import io.github.cola4j.data.Sample;
import io.github.cola4j.io.weights.Weights;
import io.github.cola4j.model.LanguageModel;
import io.github.cola4j.model.TextClassifier;
import io.github.cola4j.model.bert.BertConfig;
import io.github.cola4j.model.bert.BertEncoder;
import io.github.cola4j.model.llama.LlamaConfig;
import io.github.cola4j.model.llama.LlamaDecoder;
import io.github.cola4j.nn.CausalAttention;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.layer.GatedActivation;
import io.github.cola4j.nn.layer.RotaryEmbedding;
import io.github.cola4j.train.LocalTrainer;
import io.github.cola4j.train.Shard;
import io.github.cola4j.train.TaskState;
import io.github.cola4j.train.TrainingConfig;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Steps of a BERT and of a Llama with random weights, by the kernels that this JVM chooses: what
 * they compute is compared between JVMs.
 */
public final class TinyModels {
  private static final int VOCABULARY = 211;
  private static final int CLASSES = 3;
  private static final int[] LENGTHS = {5, 70, 1, 33};

  private TinyModels() {}

  /** Normally distributed tensors, the same for a name in every JVM. */
  private record RandomWeights() implements Weights {
    @Override
    public String source() {
      return "random weights";
    }

    @Override
    public Set<String> names() {
      return Set.of();
    }

    @Override
    public long[] shape(String name) {
      throw new IllegalArgumentException("random weights have whatever shape is asked for");
    }

    @Override
    public void requireShape(String name, long... shape) {}

    @Override
    public float[] read(String name, long... shape) {
      int length = 1;
      for (long dimension : shape) {
        length *= Math.toIntExact(dimension);
      }
      Random random = new Random(name.hashCode());
      boolean isGain = shape.length == 1 && name.endsWith("weight");
      double deviation = shape.length == 1 ? 0.1 : 1 / Math.sqrt(shape[1]);
      float[] elements = new float[length];
      for (int i = 0; i < length; i++) {
        elements[i] = (float) ((isGain ? 1 : 0) + deviation * random.nextGaussian());
      }
      return elements;
    }

    @Override
    public void close() {}
  }

  /** Loss, gradients, and what three steps of training end with. */
  public record Result(double loss, float[] gradient, double trainedLoss, float[] trained) {}

  static Result bert() {
    return bert(AdapterConfig.defaults());
  }

  /** A BERT's with adapters as asked for. */
  public static Result bert(AdapterConfig adapter) {
    BertConfig config = new BertConfig("bert", VOCABULARY, 48, 2, 3, 72, 128, 2, 1e-12);
    BertEncoder encoder = new BertEncoder(config, new RandomWeights(), DataType.FLOAT);
    AdaptedModules modules = new AdaptedModules(encoder.linears(), adapter);
    float[] initial = modules.initial(1);
    TextClassifier classifier = new TextClassifier(encoder, modules, initial, CLASSES);
    float[] theta = TextClassifier.initialParameters(initial, CLASSES, 48, 4);
    Random random = new Random(9);
    perturb(theta, random);
    List<Sample> samples = new ArrayList<>();
    for (int length : LENGTHS) {
      int[] types = random.ints(length, 0, 2).toArray();
      samples.add(new Sample(ids(random, length), types, random.nextInt(CLASSES)));
    }
    int[] all = IntStream.range(0, samples.size()).toArray();
    try (Pass pass = new Pass(DataType.FLOAT)) {
      classifier.theta().set(theta);
      pass.startTraining(0);
      classifier.refresh(pass, 0, true);
      double loss =
          classifier.loss(
              pass, Batcher.tokens(samples, all), Batcher.labels(samples, all), 1.0 / all.length);
      float[] gradient = classifier.gradient().toArray();
      double trained =
          new LocalTrainer(classifier, pass, TrainingConfig.defaults())
              .train(TaskState.initial(theta), new Shard(1, 0, 1, 3, samples), 3)
              .lossSum();
      return new Result(loss, gradient, trained, classifier.theta().toArray());
    }
  }

  static Result llama() {
    return llama(AdapterConfig.defaults());
  }

  /** A Llama's, of two blocks with other windows, with adapters as asked for. */
  public static Result llama(AdapterConfig adapter) {
    CausalAttention all = new CausalAttention(4, 2, 20, 0);
    CausalAttention some = new CausalAttention(4, 2, 20, 16);
    LlamaConfig config =
        new LlamaConfig(
            "mistral",
            new LlamaConfig.Sizes(VOCABULARY, 56, 96, 256),
            List.of(all, some),
            Collections.nCopies(2, RotaryEmbedding.of(10_000, 20, null)),
            LlamaConfig.Norms.before(1e-5),
            new LlamaConfig.Linears(
                new LlamaConfig.Biases(true, false, false), false, GatedActivation.SWIGLU),
            LlamaConfig.Multipliers.ofWidth(20),
            true);
    LlamaDecoder decoder = new LlamaDecoder(config, new RandomWeights(), DataType.FLOAT);
    AdaptedModules modules = new AdaptedModules(decoder.linears(), adapter);
    float[] initial = modules.initial(1);
    LanguageModel model = new LanguageModel(decoder, modules, initial, false);
    float[] theta = initial.clone();
    Random random = new Random(11);
    perturb(theta, random);
    List<Sample> samples = new ArrayList<>();
    for (int length : LENGTHS) {
      int[] labels = ids(random, length);
      for (int i = 0; i < length / 3; i++) {
        labels[i] = Sample.IGNORED; // the prompt
      }
      samples.add(new Sample(ids(random, length), new int[length], labels));
    }
    int[] chosen = IntStream.range(0, samples.size()).toArray();
    int supervised = samples.stream().mapToInt(Sample::supervised).sum();
    try (Pass pass = new Pass(DataType.FLOAT)) {
      model.theta().set(theta);
      pass.startTraining(0);
      model.refresh(pass, 0, true);
      double loss =
          model.loss(
              pass,
              Batcher.tokens(samples, chosen),
              Batcher.labels(samples, chosen),
              1.0 / supervised);
      float[] gradient = model.gradient().toArray();
      double trained =
          new LocalTrainer(model, pass, TrainingConfig.defaults())
              .train(TaskState.initial(theta), new Shard(1, 0, 1, 3, samples), 3)
              .lossSum();
      return new Result(loss, gradient, trained, model.theta().toArray());
    }
  }

  private static int[] ids(Random random, int length) {
    return random.ints(length, 0, VOCABULARY).toArray();
  }

  /** Factors that are 0 at first would hide the gradients of the others. */
  private static void perturb(float[] theta, Random random) {
    for (int i = 0; i < theta.length; i++) {
      theta[i] += (float) (0.02 * random.nextGaussian());
    }
  }

  /** Writes both results to a file, the first argument. */
  public static void main(String[] arguments) throws IOException {
    write(Path.of(arguments[0]), List.of(bert(), llama()));
  }

  /** Writes results to a file. */
  public static void write(Path file, List<Result> results) throws IOException {
    try (DataOutputStream out = new DataOutputStream(Files.newOutputStream(file))) {
      for (Result result : results) {
        out.writeDouble(result.loss());
        out.writeDouble(result.trainedLoss());
        for (float[] elements : List.of(result.gradient(), result.trained())) {
          out.writeInt(elements.length);
          for (float element : elements) {
            out.writeFloat(element);
          }
        }
      }
    }
  }
}
