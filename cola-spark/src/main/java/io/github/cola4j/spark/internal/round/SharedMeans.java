package io.github.cola4j.spark.internal.round;

import io.github.cola4j.spark.averaging.FedAvg;
import io.github.cola4j.spark.concurrent.Partitions;
import io.github.cola4j.spark.internal.shard.GroupKey;
import io.github.cola4j.spark.internal.shard.GroupRows;
import io.github.cola4j.spark.internal.shard.ShardReduction.Reduced;
import io.github.cola4j.spark.internal.shard.ShardRounds;
import io.github.cola4j.spark.internal.shard.SharedParts;
import io.github.cola4j.spark.internal.state.TemperatureSampling;
import io.github.cola4j.train.TaskState;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
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

  /**
   * Averages over tasks.
   *
   * @param reduced the tasks after averaging over their shards, all of the same step
   * @param byTask where they are
   */
  SharedMeans(JavaRDD<Reduced> reduced, GroupKey.ByGroup byTask, ShardRounds shards) {
    this.reduced = reduced.persist(StorageLevel.MEMORY_AND_DISK());
    SharedParts parts =
        SharedParts.of(shards.rule().adapters().layout(), shards.rounds().scope(), ELEMENTS);
    double temperature = shards.rounds().temperature();
    List<Integer> tasks = byTask.byPartition().stream().flatMap(List::stream).toList();
    JavaPairRDD<GroupKey, TaskState> means =
        this.reduced
            .filter(task -> task.mean() != null)
            .flatMapToPair(task -> parts(task, parts, temperature))
            .repartitionAndSortWithinPartitions(
                GroupKey.ByGroup.of(parts.parts().size(), parts.parts().size()))
            .mapPartitionsToPair(rows -> means(new GroupRows<>(rows), tasks));
    this.shared =
        means
            .repartitionAndSortWithinPartitions(byTask)
            .zipPartitions(this.reduced, (some, all) -> replace(some, all, parts));
  }

  /** The tasks after averaging over tasks too. */
  JavaRDD<Reduced> means() {
    return shared;
  }

  private static Iterator<Tuple2<GroupKey, FedAvg.Weighted>> parts(
      Reduced task, SharedParts parts, double temperature) {
    double weight = TemperatureSampling.weight(task.counts().examples(), temperature);
    return IntStream.range(0, parts.parts().size())
        .mapToObj(
            part ->
                new Tuple2<>(
                    new GroupKey(part, task.before().task()),
                    new FedAvg.Weighted(parts.part(part, task.mean()), weight)))
        .iterator();
  }

  /** The means of parts, for each of the tasks. */
  private static Iterator<Tuple2<GroupKey, TaskState>> means(
      GroupRows<FedAvg.Weighted> rows, List<Integer> tasks) {
    return Partitions.lazily(rows.groups())
        .flatMap(
            part -> {
              TaskState mean = FedAvg.average(() -> rows.of(part));
              return tasks.stream().map(task -> new Tuple2<>(new GroupKey(task, part), mean));
            })
        .iterator();
  }

  private static Iterator<Reduced> replace(
      Iterator<Tuple2<GroupKey, TaskState>> means, Iterator<Reduced> all, SharedParts parts) {
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
