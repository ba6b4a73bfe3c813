package io.github.cola4j.spark.concurrent;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Collects several data sets by one Spark job. Where there are many more partitions than cores,
 * some of them share a Spark task, which costs some milliseconds however small its data.
 */
final class JointCollect {
  private static final int TASKS_PER_CORE = 8; // so that cores end at about the same time
  private static final int MOST_PARTS = 64; // cores may be added while the job runs

  private JointCollect() {}

  /** As {@code rows.collect()} of each data set. */
  static List<List<Object>> of(List<? extends JavaRDD<?>> all) {
    if (all.size() == 1) {
      return List.of(new ArrayList<>(all.get(0).collect()));
    }
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(all.get(0).context());
    List<Place> places = places(all);
    List<List<Place>> bundles = bundles(places, spark.defaultParallelism());
    List<List<BundledRdd.Part<List<Object>>>> parts =
        bundles.stream().map(bundle -> bundle.stream().map(Place::part).toList()).toList();
    List<List<Object>> collected = BundledRdd.of(spark, parts).collect();
    List<List<List<Object>>> byPartition = new ArrayList<>(); // [data sets][partitions][rows]
    for (JavaRDD<?> rows : all) {
      byPartition.add(new ArrayList<>(Collections.nCopies(rows.getNumPartitions(), null)));
    }
    int next = 0;
    for (List<Place> bundle : bundles) {
      for (Place place : bundle) {
        byPartition.get(place.dataSet()).set(place.part().partition(), collected.get(next++));
      }
    }
    return byPartition.stream().map(JointCollect::concatenated).toList();
  }

  /** A partition, whose rows are one list, and the number of its data set. */
  private record Place(int dataSet, BundledRdd.Part<List<Object>> part) {}

  private static List<Place> places(List<? extends JavaRDD<?>> all) {
    List<Place> places = new ArrayList<>();
    for (int d = 0; d < all.size(); d++) {
      JavaRDD<List<Object>> lists = lists(all.get(d));
      for (int p = 0; p < lists.getNumPartitions(); p++) {
        places.add(new Place(d, new BundledRdd.Part<>(lists, p)));
      }
    }
    return places;
  }

  private static <T> JavaRDD<List<Object>> lists(JavaRDD<T> rows) {
    return Partitions.map(
        rows,
        (partition, its) -> {
          List<Object> list = new ArrayList<>();
          its.forEachRemaining(list::add);
          return List.of(list).iterator();
        });
  }

  /**
   * Partitions that were in the same place at Spark's last job share a Spark task. They are dealt
   * out one by one, since those of a large data set lie side by side.
   */
  private static List<List<Place>> bundles(List<Place> all, int cores) {
    int most = Math.max(1, Math.min(MOST_PARTS, all.size() / (TASKS_PER_CORE * cores)));
    if (most == 1) {
      return all.stream().map(List::of).toList();
    }
    Map<List<String>, List<Place>> byPlace = new LinkedHashMap<>();
    for (Place place : all) {
      byPlace.computeIfAbsent(place.part().places(), key -> new ArrayList<>()).add(place);
    }
    List<List<Place>> bundles = new ArrayList<>();
    for (List<Place> near : byPlace.values()) {
      int first = bundles.size();
      int count = (near.size() - 1) / most + 1;
      for (int i = 0; i < near.size(); i++) {
        if (i < count) {
          bundles.add(new ArrayList<>());
        }
        bundles.get(first + i % count).add(near.get(i));
      }
    }
    return bundles;
  }

  private static List<Object> concatenated(List<List<Object>> partitions) {
    List<Object> all = new ArrayList<>();
    partitions.forEach(all::addAll);
    return all;
  }
}
