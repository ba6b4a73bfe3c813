package io.github.cola4j.spark.internal.shard;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * All shards of a task that has one to train on.
 *
 * @param validation its shards to validate with, in their order
 */
public record TaskUnit(TaskShard training, List<TaskShard> validation) implements Serializable {

  /** A shard and what it is for. */
  public record Used(TaskShard shard, boolean trains) implements Serializable {}

  /** All of them, the one to train on first. */
  public Iterator<Used> stream() {
    List<Used> all = new ArrayList<>(List.of(new Used(training, true)));
    validation.forEach(shard -> all.add(new Used(shard, false)));
    return all.iterator();
  }

  /** Of a task's shards, the one to train on first. */
  public static TaskUnit of(Iterator<TaskShard> shards) {
    TaskShard training = shards.next();
    List<TaskShard> validation = new ArrayList<>();
    shards.forEachRemaining(validation::add);
    return new TaskUnit(training, List.copyOf(validation));
  }
}
