package io.github.cola4j.spark.concurrent;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.Dependency;
import org.apache.spark.Partition;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.scheduler.TaskLocation;
import scala.collection.Iterator;
import scala.collection.immutable.List$;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * Partitions of many data sets, bundled. Other than Spark's union, a Spark task carries the lineage
 * of its own data sets alone, so that one job can work on thousands of small ones; and several of
 * them can share a Spark task.
 */
public final class BundledRdd<T> extends RDD<T> {
  private static final long serialVersionUID = 1;

  private final transient List<List<Part<T>>> bundles; // null on executors

  /**
   * A partition of a data set.
   *
   * @param partition its number
   */
  public record Part<T>(JavaRDD<T> rows, int partition) {
    /** The executors that have it persisted, or the hosts that have its data; none if unknown. */
    List<String> places() {
      List<String> places = new ArrayList<>();
      scala.collection.Seq<TaskLocation> found =
          rows.context().getPreferredLocs(rows.rdd(), partition);
      for (int i = 0; i < found.size(); i++) {
        places.add(found.apply(i).toString());
      }
      return places;
    }
  }

  /** All partitions of data sets in their order, each by itself. */
  public static <T> JavaRDD<T> union(JavaSparkContext spark, List<JavaRDD<T>> all) {
    List<List<Part<T>>> bundles = new ArrayList<>();
    for (JavaRDD<T> rows : all) {
      for (int p = 0; p < rows.getNumPartitions(); p++) {
        bundles.add(List.of(new Part<>(rows, p)));
      }
    }
    return of(spark, bundles);
  }

  /**
   * A partition for each of the bundles, which has the rows of its parts one after the other.
   *
   * @param bundles of one part at least
   */
  @SuppressWarnings("unchecked") // Spark's Java API has rows as objects too
  public static <T> JavaRDD<T> of(JavaSparkContext spark, List<List<Part<T>>> bundles) {
    ClassTag<T> rows = (ClassTag<T>) ClassTag$.MODULE$.AnyRef();
    return new JavaRDD<>(new BundledRdd<>(spark.sc(), bundles, rows), rows);
  }

  private BundledRdd(SparkContext spark, List<List<Part<T>>> bundles, ClassTag<T> rows) {
    super(spark, dependencies(spark, bundles), rows);
    this.bundles = bundles;
  }

  private static <T> scala.collection.immutable.List<Dependency<?>> dependencies(
      SparkContext spark, List<List<Part<T>>> bundles) {
    Set<RDD<?>> all = new LinkedHashSet<>();
    bundles.forEach(bundle -> bundle.forEach(part -> all.add(part.rows().rdd())));
    LeanDependency lineage = new LeanDependency(new Lineage(spark, all));
    return List$.MODULE$.<Dependency<?>>empty().$colon$colon(lineage);
  }

  @Override
  public Partition[] getPartitions() {
    Partition[] partitions = new Partition[bundles.size()];
    for (int b = 0; b < partitions.length; b++) {
      List<RDD<T>> rows = new ArrayList<>();
      List<Partition> parts = new ArrayList<>();
      for (Part<T> part : bundles.get(b)) {
        rows.add(part.rows().rdd());
        parts.add(part.rows().rdd().partitions()[part.partition()]);
      }
      partitions[b] = new Bundle<>(b, new Bundle.Content<>(List.copyOf(rows), List.copyOf(parts)));
    }
    return partitions;
  }

  /** Where the first of its parts is that is anywhere. */
  @Override
  public scala.collection.immutable.List<String> getPreferredLocations(Partition split) {
    scala.collection.immutable.List<String> places = List$.MODULE$.empty();
    for (Part<T> part : bundles.get(split.index())) {
      for (String place : part.places()) {
        places = places.$colon$colon(place);
      }
      if (!places.isEmpty()) {
        return places;
      }
    }
    return places;
  }

  @Override
  @SuppressWarnings("unchecked") // of getPartitions
  public Iterator<T> compute(Partition split, TaskContext context) {
    return rows(((Bundle<T>) split).content(), 0, context);
  }

  private static <T> Iterator<T> rows(Bundle.Content<T> bundle, int from, TaskContext context) {
    Iterator<T> rows = bundle.rows().get(from).iterator(bundle.parts().get(from), context);
    return from + 1 == bundle.rows().size()
        ? rows
        : rows.$plus$plus(() -> rows(bundle, from + 1, context));
  }
}
