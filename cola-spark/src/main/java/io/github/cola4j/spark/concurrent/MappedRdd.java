package io.github.cola4j.spark.concurrent;

import java.util.Iterator;
import org.apache.spark.OneToOneDependency;
import org.apache.spark.Partition;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.rdd.RDD;
import scala.collection.JavaConverters;
import scala.collection.immutable.List$;
import scala.reflect.ClassTag;

/** What {@link Partitions#map} gives. */
final class MappedRdd<T, R> extends RDD<R> {
  private static final long serialVersionUID = 1;

  private final RDD<T> rows;
  private final Function2<Integer, Iterator<T>, Iterator<R>> make;

  MappedRdd(RDD<T> rows, Function2<Integer, Iterator<T>, Iterator<R>> make, ClassTag<R> made) {
    super(
        rows.context(),
        List$.MODULE$
            .<org.apache.spark.Dependency<?>>empty()
            .$colon$colon(new OneToOneDependency<>(rows)),
        made);
    this.rows = rows;
    this.make = make;
  }

  @Override
  public Partition[] getPartitions() {
    return rows.partitions();
  }

  @Override
  public scala.collection.Iterator<R> compute(Partition split, TaskContext context) {
    try {
      Iterator<T> all =
          JavaConverters.asJavaIteratorConverter(rows.iterator(split, context)).asJava();
      return JavaConverters.asScalaIteratorConverter(make.call(split.index(), all)).asScala();
    } catch (Exception e) { // Spark wants to know it as it is
      throw MappedRdd.<RuntimeException>asItIs(e);
    }
  }

  @SuppressWarnings("unchecked")
  private static <E extends Throwable> RuntimeException asItIs(Throwable thrown) throws E {
    throw (E) thrown;
  }
}
