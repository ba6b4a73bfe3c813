package io.github.cola4j.nn.kernels.cuda.check;

import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.data.Sample;
import io.github.cola4j.model.TaskModel;
import io.github.cola4j.nn.KernelProviders;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.kernels.cuda.EmulatedKernelProvider;
import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.train.JointTrainer;
import io.github.cola4j.train.LocalSteps;
import io.github.cola4j.train.LocalTrainer;
import io.github.cola4j.train.Shard;
import io.github.cola4j.train.TaskState;
import io.github.cola4j.train.TrainingConfig;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.nd4j.linalg.api.buffer.DataType;

/** Steps of several tasks side by side on one frozen model, by the kernels of this JVM. */
public final class JointSteps implements AutoCloseable {
  private static final TrainingConfig TRAINING =
      TrainingConfig.defaults().withBatchSize(3).withMaxTokens(100);

  private final Pass pass;
  private final List<TaskModel> models = new ArrayList<>();
  private final List<JointTrainer.Assignment> shards = new ArrayList<>();

  /**
   * Tasks that differ in their examples, and in their parameters, which are not those of step 0.
   *
   * @param encoder a BERT and classifiers; else a Llama and language models
   * @param layers blocks
   */
  JointSteps(
      boolean encoder,
      int layers,
      int tasks,
      AdapterConfig adapter,
      Precision precision,
      int steps) {
    pass = new Pass(DataType.FLOAT, precision);
    BenchShape shape =
        new BenchShape("tiny", encoder, 101, 48, layers, 4, encoder ? 4 : 2, 64, 3, 8);
    BenchShape.Frozen frozen = shape.frozen(precision);
    for (int t = 0; t < tasks; t++) {
      BenchShape.Model model = frozen.task(adapter);
      Random random = new Random(t);
      float[] theta = model.theta().clone();
      for (int i = 0; i < theta.length; i++) {
        theta[i] += (float) (0.02 * random.nextGaussian());
      }
      models.add(model.model());
      shards.add(
          new JointTrainer.Assignment(
              TaskState.initial(theta),
              new Shard(t, 0, 1, 10, samples(encoder, random)),
              LocalSteps.all(steps, 0)));
    }
  }

  /** Texts of different lengths, one of a single token. */
  private static List<Sample> samples(boolean encoder, Random random) {
    List<Sample> samples = new ArrayList<>();
    for (int length : new int[] {1, 4 + random.nextInt(9), 8}) {
      int[] ids = random.ints(length, 0, 101).toArray();
      samples.add(
          encoder
              ? new Sample(ids, new int[length], random.nextInt(3))
              : new Sample(ids, new int[length], random.ints(length, 0, 101).toArray()));
    }
    return samples;
  }

  /**
   * What became of a task.
   *
   * @param gradient of the last step
   * @param theta after it
   */
  record Trained(float[] gradient, float[] theta) {}

  /** What each task becomes beside the others. */
  List<Trained> together() {
    List<LocalTrainer> trainers =
        models.stream().map(model -> new LocalTrainer(model, pass, TRAINING)).toList();
    List<JointTrainer.Outcome> outcomes = new JointTrainer(trainers, 10_000).train(shards);
    List<Trained> all = new ArrayList<>();
    for (int t = 0; t < models.size(); t++) {
      float[] theta = outcomes.get(t).result().state().theta();
      all.add(new Trained(models.get(t).gradient().toArray(), theta));
    }
    return all;
  }

  /** What each task becomes alone. */
  List<Trained> alone() {
    List<Trained> all = new ArrayList<>();
    for (int t = 0; t < models.size(); t++) {
      JointTrainer.Assignment shard = shards.get(t);
      float[] theta =
          new LocalTrainer(models.get(t), pass, TRAINING)
              .train(shard.state(), shard.shard(), shard.round())
              .state()
              .theta();
      all.add(new Trained(models.get(t).gradient().toArray(), theta));
    }
    return all;
  }

  @Override
  public void close() {
    pass.close();
  }

  /** What a step asks of the emulated device: that of two steps less that of one. */
  static Map<String, Long> calls(boolean encoder, int layers, int tasks, AdapterConfig adapter) {
    Map<String, Long> one = calls(encoder, layers, tasks, adapter, 1);
    return less(calls(encoder, layers, tasks, adapter, 2), one);
  }

  private static Map<String, Long> calls(
      boolean encoder, int layers, int tasks, AdapterConfig adapter, int steps) {
    EmulatedKernelProvider gpu = (EmulatedKernelProvider) KernelProviders.get().of(DataType.FLOAT);
    try (JointSteps joint =
        new JointSteps(encoder, layers, tasks, adapter, Precision.BFLOAT16, steps)) {
      joint.together();
      Map<String, Long> before = gpu.calls();
      joint.together();
      return less(gpu.calls(), before);
    }
  }

  private static Map<String, Long> less(Map<String, Long> all, Map<String, Long> some) {
    Map<String, Long> rest = new TreeMap<>(all);
    some.forEach((name, count) -> rest.merge(name, -count, Long::sum));
    rest.values().removeIf(count -> count == 0);
    return rest;
  }

  /** A case that is computed on the emulator and on the CPU. */
  static List<AdapterConfig> adapters() {
    return List.of(
        AdapterConfig.lora(8),
        AdapterConfig.defaults().withRank(3), // with the fixed pair
        AdapterConfig.defaults().withRank(20).withInit("kaiming"), // wider than a group
        AdapterConfig.lora(1).withDropout(0.2));
  }

  /** A step of three tasks with each of the {@link #adapters} on a BERT and a Llama. */
  static List<List<Trained>> steps(Precision precision, boolean together) {
    List<List<Trained>> all = new ArrayList<>();
    for (AdapterConfig adapter : adapters()) {
      for (boolean encoder : new boolean[] {true, false}) {
        try (JointSteps joint = new JointSteps(encoder, 2, 3, adapter, precision, 1)) {
          all.add(together ? joint.together() : joint.alone());
        }
      }
    }
    return all;
  }

  /**
   * Writes steps of three tasks side by side and alone, in float32 and bfloat16, to a file, and the
   * calls of a layer and of the rest of a step by tasks to another; without arguments prints these.
   */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length == 0) {
      counts(System.out, 1, 4, 16);
      return;
    }
    try (DataOutputStream out =
        new DataOutputStream(Files.newOutputStream(Path.of(arguments[0])))) {
      for (Precision precision : Precision.values()) {
        for (boolean together : new boolean[] {true, false}) {
          for (List<Trained> tasks : steps(precision, together)) {
            for (Trained task : tasks) {
              write(out, task.gradient);
              write(out, task.theta);
            }
          }
        }
      }
    }
    try (PrintStream out = new PrintStream(arguments[1], StandardCharsets.UTF_8)) {
      counts(out, 1, 3);
    }
  }

  private static void write(DataOutputStream out, float[] elements) throws IOException {
    out.writeInt(elements.length);
    for (float element : elements) {
      out.writeFloat(element);
    }
  }

  /** Prints what a block in the middle and the rest of a step ask of the device, by tasks. */
  private static void counts(PrintStream out, int... numbers) {
    for (AdapterConfig adapter :
        List.of(AdapterConfig.lora(8), AdapterConfig.defaults().withInit("kaiming"))) {
      for (boolean encoder : new boolean[] {true, false}) {
        for (int tasks : numbers) {
          Map<String, Long> two = calls(encoder, 2, tasks, adapter);
          Map<String, Long> layer = less(calls(encoder, 3, tasks, adapter), two);
          Map<String, Long> rest = less(less(two, layer), layer);
          out.printf(
              "%s %s %d %d %d a layer %s, the rest %s%n",
              encoder ? "BERT" : "Llama",
              adapter.method(),
              tasks,
              sum(layer),
              sum(rest),
              layer,
              rest);
        }
      }
    }
  }

  private static long sum(Map<String, Long> calls) {
    return calls.values().stream().mapToLong(Long::longValue).sum();
  }
}
