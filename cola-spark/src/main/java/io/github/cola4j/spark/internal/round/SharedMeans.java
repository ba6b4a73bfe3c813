package io.github.cola4j.spark.internal.round;

import io.github.cola4j.spark.averaging.FedAvg;
import io.github.cola4j.spark.internal.shard.ShardKey;
import io.github.cola4j.spark.internal.shard.ShardReduction.Reduced;
import io.github.cola4j.spark.internal.shard.ShardRounds;
import io.github.cola4j.spark.internal.shard.SharedParts;
import io.github.cola4j.spark.internal.state.TemperatureSampling;
import io.github.cola4j.train.TaskState;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.storage.StorageLevel;
import scala.Tuple2;

/**
 * Means over tasks of the parameters that a scope shares, and of their moments: what tasks share is
 * cut into parts, each of which is averaged on an executor in the order of the tasks, and goes back
 * to all of them.
 */
final class SharedMeans implements AutoCloseable {
  private static final int ELEMENTS = 1 << 16; // of a part

  private final JavaRDD<Reduced> reduced;
  private final JavaRDD<Reduced> shared;

  /** Brings all tasks of a part together. */
  private static final class ByPart extends Partitioner {
    private static final long serialVersionUID = 1;

    private final int parts;

    ByPart(int parts) {
      this.parts = parts;
    }

    @Override
    public int numPartitions() {
      return parts;
    }

    @Override
    public int getPartition(Object key) {
      return ((PartKey) key).part();
    }
  }

  /** A part of a task, in the order of parts and tasks. */
  private record PartKey(int part, int task) implements Comparable<PartKey>, Serializable {
    @Override
    public int compareTo(PartKey other) {
      return part == other.part
          ? Integer.compare(task, other.task)
          : Integer.compare(part, other.part);
    }
  }

  /**
   * Averages over tasks.
   *
   * @param reduced the tasks after averaging over their shards, all of the same step
   * @param byTask where they are
   */
  SharedMeans(JavaRDD<Reduced> reduced, ShardKey.ByTask byTask, ShardRounds shards) {
    this.reduced = reduced.persist(StorageLevel.MEMORY_AND_DISK());
    SharedParts parts =
        SharedParts.of(shards.rule().adapters().layout(), shards.rounds().scope(), ELEMENTS);
    double temperature = shards.rounds().temperature();
    List<Integer> tasks = byTask.tasksByPartition().stream().flatMap(List::stream).toList();
    JavaPairRDD<ShardKey, TaskState> means =
        this.reduced
            .filter(task -> task.mean() != null)
            .flatMapToPair(task -> parts(task, parts, temperature))
            .repartitionAndSortWithinPartitions(new ByPart(parts.parts().size()))
            .mapPartitionsToPair(rows -> mean(rows, tasks));
    this.shared =
        means
            .repartitionAndSortWithinPartitions(byTask)
            .zipPartitions(this.reduced, (some, all) -> replace(some, all, parts));
  }

  /** The tasks after averaging over tasks too. */
  JavaRDD<Reduced> means() {
    return shared;
  }

  private static Iterator<Tuple2<PartKey, FedAvg.Weighted>> parts(
      Reduced task, SharedParts parts, double temperature) {
    double weight = TemperatureSampling.weight(task.counts().examples(), temperature);
    return IntStream.range(0, parts.parts().size())
        .mapToObj(
            part ->
                new Tuple2<>(
                    new PartKey(part, task.before().task()),
                    new FedAvg.Weighted(parts.part(part, task.mean()), weight)))
        .iterator();
  }

  /** The mean of one part, for each of the tasks. */
  private static Iterator<Tuple2<ShardKey, TaskState>> mean(
      Iterator<Tuple2<PartKey, FedAvg.Weighted>> rows, List<Integer> tasks) {
    if (!rows.hasNext()) {
      return List.<Tuple2<ShardKey, TaskState>>of().iterator();
    }
    Tuple2<PartKey, FedAvg.Weighted> first = rows.next();
    Iterator<FedAvg.Weighted> all =
        new Iterator<>() {
          private Tuple2<PartKey, FedAvg.Weighted> next = first;

          @Override
          public boolean hasNext() {
            return next != null;
          }

          @Override
          public FedAvg.Weighted next() {
            FedAvg.Weighted weighted = next._2();
            next = rows.hasNext() ? rows.next() : null;
            return weighted;
          }
        };
    TaskState mean = FedAvg.average(() -> all);
    return tasks.stream()
        .map(task -> new Tuple2<>(new ShardKey(task, first._1().part()), mean))
        .iterator();
  }

  private static Iterator<Reduced> replace(
      Iterator<Tuple2<ShardKey, TaskState>> means, Iterator<Reduced> all, SharedParts parts) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return all.hasNext();
      }

      @Override
      public Reduced next() {
        Reduced task = all.next();
        List<TaskState> own = new ArrayList<>();
        for (int p = 0; p < parts.parts().size() && means.hasNext(); p++) {
          own.add(means.next()._2());
        }
        if (task.mean() == null) {
          return task; // the driver refuses the round
        }
        return new Reduced(
            task.before(),
            task.steps(),
            parts.replace(task.mean(), own),
            task.moments(),
            task.counts());
      }
    };
  }

  @Override
  public void close() {
    reduced.unpersist(false);
  }
}
