package io.github.cola4j.spark;

import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.data.Batcher;
import io.github.cola4j.data.Sample;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.Encoder;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.spark.internal.round.TaskShard;
import io.github.cola4j.spark.model.BaseModelCache;
import io.github.cola4j.spark.model.ModelReference;
import io.github.cola4j.train.LinearProbe;
import io.github.cola4j.train.TrainingConfig;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import scala.Tuple2;

/**
 * What a head on the frozen model alone reaches on each task ({@link LinearProbe}). Embeddings are
 * computed shard by shard; one Spark task then trains a task's head, so its embeddings must fit
 * into an executor.
 */
final class ProbeBaseline {
  private enum Part {
    TRAINING,
    VALIDATION,
    TEST
  }

  private record Embedded(Part part, int shard, float[][] x, int[] labels)
      implements Serializable {}

  private ProbeBaseline() {}

  /**
   * Test accuracies by task.
   *
   * @param classes by task
   */
  static Map<Integer, Double> accuracies(
      ModelReference model,
      TrainingConfig config,
      Map<Integer, Integer> classes,
      JavaRDD<TaskShard> training,
      JavaRDD<TaskShard> validation,
      JavaRDD<TaskShard> test) {
    TreeMap<Integer, Integer> classesByTask = new TreeMap<>(classes);
    long seed = config.seed();
    return new TreeMap<>(
        embed(model, config, training, Part.TRAINING)
            .union(embed(model, config, validation, Part.VALIDATION))
            .union(embed(model, config, test, Part.TEST))
            .filter(row -> classesByTask.containsKey(row._1()))
            .groupByKey(classes.size())
            .mapToPair(
                group ->
                    new Tuple2<>(
                        group._1(), accuracy(classesByTask.get(group._1()), group._2(), seed)))
            .collectAsMap());
  }

  private static JavaPairRDD<Integer, Embedded> embed(
      ModelReference model, TrainingConfig config, JavaRDD<TaskShard> shards, Part part) {
    int maxTokens = config.maxTokens();
    return shards.mapToPair(
        shard -> {
          List<Sample> samples = shard.shard().samples();
          BaseModel base = BaseModelCache.get(model);
          return new Tuple2<>(
              shard.task(),
              new Embedded(
                  part,
                  shard.shard().index(),
                  embed(base.encoder(), samples, maxTokens),
                  samples.stream().mapToInt(sample -> sample.labels()[0]).toArray()));
        });
  }

  private static float[][] embed(Encoder encoder, List<Sample> samples, int maxTokens) {
    float[][] embeddings = new float[samples.size()][];
    int[] all = IntStream.range(0, samples.size()).toArray();
    try (Pass pass = new Pass(encoder.type())) {
      for (int[] indices : Batcher.byTokens(samples, all, maxTokens)) {
        pass.startEvaluation();
        float[] elements =
            encoder.encode(pass, Adapters.NONE, Batcher.tokens(samples, indices)).toArray();
        int d = encoder.config().hiddenSize();
        for (int s = 0; s < indices.length; s++) {
          embeddings[indices[s]] = Arrays.copyOfRange(elements, s * d, (s + 1) * d);
        }
      }
    }
    return embeddings;
  }

  private static double accuracy(int classes, Iterable<Embedded> unordered, long seed) {
    List<Embedded> parts = new ArrayList<>();
    unordered.forEach(parts::add);
    parts.sort(Comparator.comparing(Embedded::part).thenComparing(Embedded::shard));
    LinearProbe probe =
        LinearProbe.fit(classes, join(parts, Part.TRAINING), join(parts, Part.VALIDATION), seed);
    return probe.evaluate(join(parts, Part.TEST)).accuracy();
  }

  private static LinearProbe.Embedded join(List<Embedded> parts, Part part) {
    List<Embedded> chosen = parts.stream().filter(p -> p.part() == part).toList();
    return new LinearProbe.Embedded(
        chosen.stream().flatMap(p -> Arrays.stream(p.x())).toArray(float[][]::new),
        chosen.stream().flatMapToInt(p -> Arrays.stream(p.labels())).toArray());
  }
}
