package io.github.cola4j.spark.concurrent;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.rdd.PartitionPruningRDD;
import scala.Function1;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;
import scala.runtime.BoxedUnit;

/** The partitions of an RDD one by one. */
public final class Partitions {
  private Partitions() {}

  /**
   * An RDD of some partitions alone: jobs on it do not compute the others.
   *
   * @param partitions a serializable set
   */
  public static <T> JavaRDD<T> only(Set<Integer> partitions, JavaRDD<T> rdd) {
    // the RDD keeps it, and travels
    var contains = (Function1<Object, Object> & Serializable) partitions::contains;
    return JavaRDD.fromRDD(PartitionPruningRDD.create(rdd.rdd(), contains), rdd.classTag());
  }

  /**
   * An RDD each of whose partitions has the rows of some of another's, one after the other. One of
   * these may be in several: it is read where it is persisted, without a shuffle.
   */
  public static <T> JavaRDD<T> chosen(JavaRDD<T> rows, List<List<Integer>> partitions) {
    return JavaRDD.fromRDD(
        new ChosenRdd<>(rows.rdd(), partitions, rows.classTag()), rows.classTag());
  }

  /**
   * As {@link JavaRDD#mapPartitionsWithIndex}. Spark's looks for what a Scala closure drags along,
   * which takes the driver a millisecond; for thousands of data sets that is most of what it does.
   */
  @SuppressWarnings("unchecked") // Spark's Java API has rows as objects too
  public static <T, R> JavaRDD<R> map(
      JavaRDD<T> rows, Function2<Integer, Iterator<T>, Iterator<R>> make) {
    ClassTag<R> made = (ClassTag<R>) ClassTag$.MODULE$.AnyRef();
    return new JavaRDD<>(new MappedRdd<>(rows.rdd(), make, made), made);
  }

  /** Rows one at a time: a partition need not fit into memory. */
  public static <T> Stream<T> lazily(Iterator<T> rows) {
    return StreamSupport.stream(
        Spliterators.spliteratorUnknownSize(rows, Spliterator.ORDERED), false);
  }

  /**
   * All rows in their order, as {@link JavaRDD#collect}, for one who wants to know how far it is.
   *
   * @param arrived is given each partition's rows as soon as they are on the driver, by a thread of
   *     Spark's, which waits for it
   */
  @SuppressWarnings("unchecked")
  public static <T> List<T> collect(JavaRDD<T> rdd, Consumer<List<T>> arrived) {
    List<T>[] parts = new List[rdd.getNumPartitions()];
    // what executors run, and what the driver does with it
    var rows =
        (Function1<scala.collection.Iterator<T>, List<T>> & Serializable)
            part -> {
              List<T> list = new ArrayList<>();
              while (part.hasNext()) {
                list.add(part.next());
              }
              return list;
            };
    scala.Function2<Object, List<T>, BoxedUnit> handler =
        (place, part) -> {
          parts[(Integer) place] = part;
          arrived.accept(Collections.unmodifiableList(part));
          return BoxedUnit.UNIT;
        };
    rdd.context().runJob(rdd.rdd(), rows, handler, ClassTag$.MODULE$.apply(List.class));
    return Arrays.stream(parts).flatMap(List::stream).toList();
  }
}
