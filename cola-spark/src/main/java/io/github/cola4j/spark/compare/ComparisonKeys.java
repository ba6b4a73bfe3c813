package io.github.cola4j.spark.compare;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cola4j.spark.training.TaskData;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What a comparison file has.
 *
 * @param job a job as in a job file, or the path of one; its output does not count
 * @param methods what is compared; differences are taken to the first
 * @param seeds every method is trained with each: {@code training.seed}
 * @param samples training examples of a task: {@code data.maxExamples}
 * @param perSamples keys of the job for some of these numbers, as a method sets them
 * @param output the folder for runs, table and plots
 */
record ComparisonKeys(
    JsonNode job,
    List<Method> methods,
    List<Long> seeds,
    List<Integer> samples,
    Map<Integer, Map<String, JsonNode>> perSamples,
    String output) {

  ComparisonKeys {
    if (job == null || !(job.isObject() || job.isTextual())) {
      throw new IllegalArgumentException(
          "the comparison has no 'job'; give a job's keys, or the path of a job file");
    }
    methods = filled("methods", methods);
    seeds = seeds == null ? List.of(1L, 2L, 3L, 4L, 5L) : filled("seeds", seeds);
    samples = samples == null ? List.of(25, 50, 100, 200, 400) : filled("samples", samples);
    requireDistinct("methods", methods.stream().map(Method::name).toList());
    requireDistinct("seeds", seeds);
    requireDistinct("samples", samples);
    if (samples.stream().anyMatch(count -> count < 2)) {
      throw new IllegalArgumentException("samples must be at least 2, got " + samples);
    }
    samples = samples.stream().sorted().toList();
    perSamples = perSamples == null ? Map.of() : Map.copyOf(perSamples);
    perSamples.forEach((count, set) -> requireFree("perSamples." + count, set));
    if (output == null || output.isBlank()) {
      throw new IllegalArgumentException(
          "the comparison has no 'output'; name a folder for its table and plots");
    }
  }

  private static <T> List<T> filled(String key, List<T> list) {
    if (list == null || list.isEmpty() || list.stream().anyMatch(Objects::isNull)) {
      throw new IllegalArgumentException(
          "'" + key + "' is missing or has an empty entry; give at least one");
    }
    return List.copyOf(list);
  }

  private static void requireDistinct(String key, List<?> list) {
    HashSet<Object> seen = new HashSet<>();
    for (Object entry : list) {
      if (!seen.add(
          entry instanceof String text ? text.toLowerCase(java.util.Locale.ROOT) : entry)) {
        throw new IllegalArgumentException("'" + key + "' has " + entry + " twice; remove one");
      }
    }
  }

  private static void requireFree(String what, Map<String, JsonNode> set) {
    for (String key : set.keySet()) {
      if (List.of("output", "baseline", "training.seed", "data.maxExamples").contains(key)) {
        throw new IllegalArgumentException(
            what + " sets " + key + ", which is the comparison's; remove it");
      }
    }
  }

  /**
   * One of the methods.
   *
   * @param name the row of the table, and a folder's name
   * @param set keys of the job, with dots, and their values: {@code adapter.method: lora}
   */
  record Method(String name, Map<String, JsonNode> set) {
    Method {
      try {
        TaskData.requireName(name);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("a method's " + e.getMessage(), e);
      }
      if (name.equalsIgnoreCase(RunResult.LINEAR_PROBE)) {
        throw new IllegalArgumentException(
            "the name '" + name + "' is that of the job's baseline; take another");
      }
      set = set == null ? Map.of() : new LinkedHashMap<>(set);
      requireFree("method '" + name + "'", set);
    }
  }
}
