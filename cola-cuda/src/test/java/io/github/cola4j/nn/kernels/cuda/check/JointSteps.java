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

  private final Pass pass = new Pass(DataType.FLOAT, Precision.BFLOAT16);
  private final List<TaskModel> models = new ArrayList<>();
  private final List<JointTrainer.Assignment> shards = new ArrayList<>();

  /**
   * Tasks that differ in their examples, and in their parameters, which are not those of step 0.
   *
   * @param encoder a BERT and classifiers; else a Llama and language models
   * @param layers blocks
   */
  public JointSteps(boolean encoder, int layers, int tasks, AdapterConfig adapter, int steps) {
    BenchShape shape =
        new BenchShape("tiny", encoder, 101, 48, layers, 4, encoder ? 4 : 2, 64, 3, 8);
    BenchShape.Frozen frozen = shape.frozen();
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

  /** What each task becomes beside the others. */
  public List<float[]> together() {
    List<LocalTrainer> trainers =
        models.stream().map(model -> new LocalTrainer(model, pass, TRAINING)).toList();
    return new JointTrainer(trainers, 10_000)
        .train(shards).stream().map(outcome -> outcome.result().state().theta()).toList();
  }

  /** What each task becomes alone. */
  public List<float[]> alone() {
    List<float[]> all = new ArrayList<>();
    for (int t = 0; t < models.size(); t++) {
      JointTrainer.Assignment shard = shards.get(t);
      all.add(
          new LocalTrainer(models.get(t), pass, TRAINING)
              .train(shard.state(), shard.shard(), shard.round())
              .state()
              .theta());
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
    try (JointSteps joint = new JointSteps(encoder, layers, tasks, adapter, steps)) {
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

  /** Prints what a layer and a step ask of the device, by tasks: needs the emulated provider. */
  public static void main(String[] arguments) {
    for (AdapterConfig adapter :
        List.of(AdapterConfig.lora(8), AdapterConfig.defaults().withInit("kaiming"))) {
      for (boolean encoder : new boolean[] {true, false}) {
        for (int tasks : new int[] {1, 4, 16}) {
          Map<String, Long> one = calls(encoder, 1, tasks, adapter);
          Map<String, Long> layer = less(calls(encoder, 2, tasks, adapter), one);
          System.out.printf(
              "%s, %s, %d tasks: a layer %d %s, the rest %d %s%n",
              encoder ? "BERT" : "Llama",
              adapter.method(),
              tasks,
              sum(layer),
              layer,
              sum(less(one, layer)),
              less(one, layer));
        }
      }
    }
  }

  private static long sum(Map<String, Long> calls) {
    return calls.values().stream().mapToLong(Long::longValue).sum();
  }
}
