package io.github.cola4j.spark.checkpoint;

import io.github.cola4j.spark.training.TrainingSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a checkpoint has.
 *
 * @param of what decides the result: keys and values of configuration, model and data
 * @param training where training resumes
 */
public record Checkpoint(Map<String, String> of, TrainingSnapshot training) {

  /** Copies the map. */
  public Checkpoint {
    of = new TreeMap<>(of);
  }

  /** How what decides the result now differs, a line for each key; empty if it does not. */
  public List<String> differences(Map<String, String> now) {
    TreeSet<String> keys = new TreeSet<>(of.keySet());
    keys.addAll(now.keySet());
    List<String> differences = new ArrayList<>();
    for (String key : keys) {
      String before = of.getOrDefault(key, "nothing");
      String after = now.getOrDefault(key, "nothing");
      if (!before.equals(after)) {
        differences.add(String.format("%s: %s in the checkpoint, %s now", key, before, after));
      }
    }
    return differences;
  }
}
