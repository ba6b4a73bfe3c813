package io.github.cola4j.spark.concurrent;

import java.util.HashMap;
import java.util.Map;
import org.apache.spark.NarrowDependency;
import org.apache.spark.rdd.RDD;
import scala.collection.immutable.List;
import scala.collection.immutable.List$;

/** Which partitions of a data set are in which bundle; only the driver knows it. */
final class LeanDependency<T> extends NarrowDependency<T> {
  private static final long serialVersionUID = 1;

  private final transient RDD<T> rows;
  private final transient Map<Integer, List<Object>> byBundle = new HashMap<>();

  LeanDependency(RDD<T> rows) {
    super(null);
    this.rows = rows;
  }

  void add(int bundle, int partition) {
    byBundle.merge(
        bundle, List$.MODULE$.empty().$colon$colon(partition), (old, one) -> old.$colon$colon$colon(one));
  }

  @Override
  public RDD<T> rdd() {
    return rows;
  }

  @Override
  public List<Object> getParents(int bundle) {
    return byBundle.getOrDefault(bundle, List$.MODULE$.empty());
  }
}
