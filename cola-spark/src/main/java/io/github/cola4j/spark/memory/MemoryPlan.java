package io.github.cola4j.spark.memory;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.train.TrainingConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;

/**
 * What a job needs beside what its JVMs have. Only what fails for certain is a problem: where the
 * parts that are known do not fit.
 *
 * @param needs of a JVM that trains
 * @param local whether that is the driver's
 * @param heap of such a JVM
 * @param limit of its heap and all else, as far as it is known
 */
public record MemoryPlan(MemoryNeeds needs, boolean local, long heap, OptionalLong limit) {
  private static final double OVERHEAD = 0.1; // Spark's own default
  private static final long LEAST_OVERHEAD = 384;

  /** Of a job in a session. */
  public static MemoryPlan of(
      SparkContext spark,
      BaseModel model,
      AdaptedModules modules,
      TrainingConfig training,
      int tasks) {
    SparkConf conf = spark.getConf();
    boolean local = spark.isLocal();
    int cores = local ? spark.defaultParallelism() : conf.getInt("spark.executor.cores", 1);
    int threads = Math.max(1, cores / conf.getInt("spark.task.cpus", 1));
    MemoryNeeds needs = MemoryNeeds.of(model, modules, training, tasks, threads);
    if (local) {
      long machine = MachineMemory.bytes();
      OptionalLong limit =
          MachineMemory.limit().isPresent() || machine == 0
              ? MachineMemory.limit()
              : OptionalLong.of(machine + MachineMemory.swap());
      return new MemoryPlan(needs, true, Runtime.getRuntime().maxMemory(), limit);
    }
    long heap = conf.getSizeAsMb("spark.executor.memory", "1g");
    return new MemoryPlan(needs, false, heap << 20, container(conf, heap));
  }

  /** A container's memory, of the cluster managers that have some. */
  private static OptionalLong container(SparkConf conf, long heap) {
    String master = conf.get("spark.master", "");
    if (!master.startsWith("yarn") && !master.startsWith("k8s")) {
      return OptionalLong.empty();
    }
    double share = conf.getDouble("spark.executor.memoryOverheadFactor", OVERHEAD);
    long least = Math.max(LEAST_OVERHEAD, (long) (share * heap));
    long overhead = conf.getSizeAsMb("spark.executor.memoryOverhead", least + "m");
    return OptionalLong.of((heap + overhead) << 20);
  }

  /** What is needed and what there is, for a reader. */
  public List<String> lines() {
    return List.of(
        String.format(
            Locale.ROOT,
            "memory: %s that trains %d at a time needs %s of heap or more, and %s to %s outside it;"
                + " %s of weights are mapped",
            local ? "this process" : "an executor",
            needs.threads(),
            told(needs.heap()),
            told(needs.fixed()),
            told(needs.outside()),
            told(needs.mapped())),
        String.format(
            Locale.ROOT,
            "memory: it has %s of heap, and %s in all; the states of all tasks are %s, on disk where"
                + " memory is short",
            told(heap),
            limit.isPresent() ? told(limit.getAsLong()) : "what its machine has",
            told(needs.states())));
  }

  /** Why the job cannot end well, each with what to change; nothing if it may. */
  public List<String> problems() {
    List<String> problems = new ArrayList<>();
    if (needs.heap() > heap) {
      problems.add(
          String.format(
              "the heap of %s has %s, training needs at least %s (estimated, without data): %s, or"
                  + " train with a smaller adapter.rank",
              name(), told(heap), told(needs.heap()), heapSetting(needs.heap())));
    }
    if (limit.isPresent() && needs.heap() + needs.fixed() > limit.getAsLong()) {
      problems.add(
          String.format(
              "%s may have %s in all, training needs at least %s (%s of heap, %s outside it,"
                  + " activations not counted): %s, or a model with smaller weights (quantize)",
              name(),
              told(limit.getAsLong()),
              told(needs.heap() + needs.fixed()),
              told(needs.heap()),
              told(needs.fixed()),
              limitSetting()));
    }
    return problems;
  }

  /** What may go wrong; nothing where there is a problem already, which says more. */
  public List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    if (limit.isPresent() && problems().isEmpty() && heap + needs.outside() > limit.getAsLong()) {
      warnings.add(
          String.format(
              "memory may be short: %s may have %s in all, a full heap of %s and %s outside it are"
                  + " more (estimated, within a factor of two): %s, or lower training.maxTokens",
              name(),
              told(limit.getAsLong()),
              told(heap),
              told(needs.outside()),
              local ? "give the heap less (COLA_JAVA_OPTS=-Xmx…)" : limitSetting()));
    }
    return warnings;
  }

  private String name() {
    return local ? "this process" : "an executor";
  }

  private String heapSetting(long bytes) {
    long megabytes = (long) Math.ceil(bytes * 1.5 / (1 << 20));
    return local
        ? String.format(
            "set COLA_JAVA_OPTS=-Xmx%dm of bin/cola, or spark.driver.memory of spark-submit",
            megabytes)
        : String.format("set spark.executor.memory=%dm", megabytes);
  }

  private String limitSetting() {
    return local
        ? "run it on a machine or in a container with more memory"
        : String.format(
            "set spark.executor.memoryOverhead=%dm", (long) Math.ceil(needs.outside() / 1e6));
  }

  private static String told(long bytes) {
    return bytes < 1e9
        ? String.format(Locale.ROOT, "%.0f MB", bytes / 1e6)
        : String.format(Locale.ROOT, "%.1f GB", bytes / 1e9);
  }
}
