package io.github.cola4j.spark.concurrent;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import org.apache.spark.Dependency;
import org.apache.spark.Partition;
import org.apache.spark.ShuffleDependency;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;
import org.apache.spark.rdd.RDD;
import scala.collection.Iterator;
import scala.collection.immutable.List;
import scala.collection.immutable.List$;
import scala.reflect.ClassTag$;

/**
 * What bundled data sets are made of, as Spark's scheduler goes through it. It stays on the driver
 * and has no rows: as the one dependency of {@link BundledRdd} it is what keeps those of all data
 * sets out of a Spark task. Data sets that Spark need not know of are left out of it, since it goes
 * through all of them for each job, and its UI keeps them for each stage.
 */
final class Lineage extends RDD<Object> {
  private static final long serialVersionUID = 1;

  Lineage(SparkContext spark, Collection<RDD<?>> all) {
    super(spark, dependencies(all), ClassTag$.MODULE$.AnyRef());
  }

  private static List<Dependency<?>> dependencies(Collection<RDD<?>> all) {
    List<Dependency<?>> dependencies = List$.MODULE$.empty();
    for (RDD<?> rows : all) {
      if (concernsScheduler(rows)) {
        dependencies = dependencies.$colon$colon(new LeanDependency(rows));
      }
    }
    return dependencies;
  }

  /** Whether there is a shuffle, or what was asked of Spark for this data set. */
  private static boolean concernsScheduler(RDD<?> rows) {
    Deque<RDD<?>> left = new ArrayDeque<>(java.util.List.of(rows));
    Set<RDD<?>> seen = new HashSet<>(left);
    while (!left.isEmpty()) {
      RDD<?> next = left.pop();
      if (next.checkpointData().isDefined()
          || next.getResourceProfile() != null
          || next.isBarrier()) {
        return true;
      }
      Iterator<? extends Dependency<?>> dependencies = next.dependencies().iterator();
      while (dependencies.hasNext()) {
        Dependency<?> dependency = dependencies.next();
        if (dependency instanceof ShuffleDependency) {
          return true;
        }
        if (seen.add(dependency.rdd())) {
          left.push(dependency.rdd());
        }
      }
    }
    return false;
  }

  /** One, as Spark takes what has none for persisted, and does not look behind it. */
  @Override
  public Partition[] getPartitions() {
    return new Partition[] {() -> 0};
  }

  @Override
  public Iterator<Object> compute(Partition split, TaskContext context) {
    throw new UnsupportedOperationException("it has no rows; compute the bundled data sets");
  }
}
