package io.github.cola4j.spark.concurrent;

import java.util.Collections;
import java.util.List;
import org.apache.spark.Dependency;
import org.apache.spark.NarrowDependency;
import org.apache.spark.Partition;
import org.apache.spark.TaskContext;
import org.apache.spark.rdd.RDD;
import scala.collection.Iterator;
import scala.collection.JavaConverters;
import scala.collection.immutable.List$;
import scala.reflect.ClassTag;

/**
 * Some partitions of a data set for each of its own. One may be in several of these: it is read
 * where it is persisted, without a shuffle. (Spark's own coalesced data set would do, if it took a
 * choice from Java with Scala 2.12 too.)
 */
final class ChosenRdd<T> extends RDD<T> {
  private static final long serialVersionUID = 1;

  private final RDD<T> rows;
  private final transient List<List<Integer>> choice; // null on executors

  /**
   * A partition.
   *
   * @param index its number
   * @param chosen of the other data set
   */
  private record Chosen(int index, Partition[] chosen) implements Partition {
    @Override
    public boolean equals(Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return index;
    }
  }

  /** Which partitions a choice takes. */
  private static final class ChosenDependency extends NarrowDependency<Object> {
    private static final long serialVersionUID = 1;

    private final transient List<List<Integer>> choice; // the driver alone asks

    @SuppressWarnings("unchecked") // Spark asks for its partitions alone
    ChosenDependency(RDD<?> rows, List<List<Integer>> choice) {
      super((RDD<Object>) rows);
      this.choice = choice;
    }

    @Override
    public scala.collection.immutable.List<Object> getParents(int partition) {
      scala.collection.immutable.List<Object> parents = List$.MODULE$.empty();
      List<Integer> some = choice.get(partition);
      for (int i = some.size() - 1; i >= 0; i--) {
        parents = parents.$colon$colon(some.get(i));
      }
      return parents;
    }
  }

  ChosenRdd(RDD<T> rows, List<List<Integer>> choice, ClassTag<T> type) {
    super(rows.context(), dependencies(rows, choice), type);
    this.rows = rows;
    this.choice = choice;
  }

  private static scala.collection.immutable.List<Dependency<?>> dependencies(
      RDD<?> rows, List<List<Integer>> choice) {
    return List$.MODULE$.<Dependency<?>>empty().$colon$colon(new ChosenDependency(rows, choice));
  }

  @Override
  public Partition[] getPartitions() {
    Partition[] all = rows.partitions();
    Partition[] partitions = new Partition[choice.size()];
    for (int p = 0; p < partitions.length; p++) {
      partitions[p] =
          new Chosen(p, choice.get(p).stream().map(i -> all[i]).toArray(Partition[]::new));
    }
    return partitions;
  }

  @Override
  public Iterator<T> compute(Partition split, TaskContext context) {
    return rows(((Chosen) split).chosen(), 0, context);
  }

  private Iterator<T> rows(Partition[] chosen, int from, TaskContext context) {
    if (from == chosen.length) {
      return JavaConverters.asScalaIteratorConverter(Collections.<T>emptyIterator()).asScala();
    }
    return rows.iterator(chosen[from], context).$plus$plus(() -> rows(chosen, from + 1, context));
  }
}
