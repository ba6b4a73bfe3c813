package io.github.cola4j.spark.internal.probe;

import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.data.Batcher;
import io.github.cola4j.data.Sample;
import io.github.cola4j.model.Encoder;
import io.github.cola4j.model.pooling.Pooling;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.spark.concurrent.ConcurrentJobs;
import io.github.cola4j.spark.concurrent.Partitions;
import io.github.cola4j.spark.internal.probe.EmbeddedShard.Part;
import io.github.cola4j.spark.internal.shard.TaskShard;
import io.github.cola4j.spark.model.BaseModelCache;
import io.github.cola4j.spark.model.ModelReference;
import io.github.cola4j.train.TrainingConfig;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.storage.StorageLevel;

/**
 * What a classifier on the frozen model alone reaches on each task ({@link LinearProbe}).
 * Embeddings are computed once, shard by shard, and persisted meanwhile.
 */
public final class ProbeBaseline {
  private static final int PROBES = 32; // at a time, each with jobs of its own

  /** How many examples of a task and part a partition of the embeddings has. */
  private record Content(int partition, int task, Part part, long examples)
      implements Serializable {}

  private final JavaRDD<EmbeddedShard> embedded;
  private final Map<Integer, List<Content>> byTask;

  private ProbeBaseline(JavaRDD<EmbeddedShard> embedded) {
    this.embedded = embedded;
    this.byTask =
        embedded
            .mapPartitionsWithIndex(
                (partition, shards) -> {
                  List<Content> contents = new ArrayList<>();
                  shards.forEachRemaining(
                      shard ->
                          contents.add(
                              new Content(
                                  partition, shard.task(), shard.part(), shard.labels().length)));
                  return contents.iterator();
                },
                true)
            .collect()
            .stream()
            .collect(Collectors.groupingBy(Content::task));
  }

  /**
   * Test accuracies by task.
   *
   * @param tasks those that are asked for, and how the embeddings of each are made
   */
  public static Map<Integer, Double> accuracies(
      ModelReference model,
      TrainingConfig config,
      Map<Integer, Pooling> tasks,
      JavaRDD<TaskShard> training,
      JavaRDD<TaskShard> validation,
      JavaRDD<TaskShard> test) {
    Map<Integer, Pooling> asked = new TreeMap<>(tasks);
    int maxTokens = config.maxTokens();
    JavaRDD<EmbeddedShard> embedded =
        embed(model, maxTokens, asked, training, Part.TRAINING)
            .union(embed(model, maxTokens, asked, validation, Part.VALIDATION))
            .union(embed(model, maxTokens, asked, test, Part.TEST))
            .persist(StorageLevel.MEMORY_AND_DISK_SER());
    try {
      ProbeBaseline baseline = new ProbeBaseline(embedded);
      List<Integer> inOrder = List.copyOf(asked.keySet());
      List<Double> accuracies = ConcurrentJobs.map(inOrder, PROBES, baseline::accuracy);
      Map<Integer, Double> result = new TreeMap<>();
      for (int t = 0; t < inOrder.size(); t++) {
        result.put(inOrder.get(t), accuracies.get(t));
      }
      return result;
    } finally {
      embedded.unpersist(false);
    }
  }

  private double accuracy(int task) {
    long examples =
        byTask.get(task).stream()
            .filter(content -> content.part() == Part.TRAINING)
            .mapToLong(Content::examples)
            .sum();
    return LinearProbe.fit(of(task, Part.TRAINING), examples, of(task, Part.VALIDATION))
        .accuracy(of(task, Part.TEST));
  }

  /** A task's shards, without a look at other tasks' partitions. */
  private JavaRDD<EmbeddedShard> of(int task, Part part) {
    Set<Integer> partitions =
        byTask.get(task).stream()
            .filter(content -> content.part() == part)
            .map(Content::partition)
            .collect(Collectors.toCollection(HashSet::new));
    return Partitions.only(partitions, embedded)
        .filter(shard -> shard.task() == task && shard.part() == part);
  }

  private static JavaRDD<EmbeddedShard> embed(
      ModelReference model,
      int maxTokens,
      Map<Integer, Pooling> tasks,
      JavaRDD<TaskShard> shards,
      Part part) {
    return shards
        .filter(shard -> tasks.containsKey(shard.task()))
        .map(
            shard -> {
              List<Sample> samples = shard.shard().samples();
              return new EmbeddedShard(
                  shard.task(),
                  part,
                  shard.shard().index(),
                  embed(
                      BaseModelCache.get(model).encoder(tasks.get(shard.task())),
                      samples,
                      maxTokens),
                  samples.stream().mapToInt(sample -> sample.labels()[0]).toArray());
            });
  }

  private static float[][] embed(Encoder encoder, List<Sample> samples, int maxTokens) {
    float[][] embeddings = new float[samples.size()][];
    int[] all = IntStream.range(0, samples.size()).toArray();
    try (Pass pass = new Pass(encoder.type())) {
      for (int[] indices : Batcher.byTokens(samples, all, maxTokens)) {
        pass.startEvaluation();
        float[] elements =
            encoder.encode(pass, Adapters.NONE, Batcher.sequences(samples, indices)).toArray();
        int d = encoder.config().hiddenSize();
        for (int s = 0; s < indices.length; s++) {
          embeddings[indices[s]] = Arrays.copyOfRange(elements, s * d, (s + 1) * d);
        }
      }
    }
    return embeddings;
  }
}
