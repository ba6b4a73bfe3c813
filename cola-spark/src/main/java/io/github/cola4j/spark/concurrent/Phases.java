package io.github.cola4j.spark.concurrent;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.spark.api.java.JavaRDD;

/**
 * Works on many items phase by phase, so that a Spark job answers what all of them ask in a phase.
 * When an item fails, those behind it are left out from then on, and the others go on, as one of
 * them may fail in a later phase: the first one's failure is thrown.
 */
public final class Phases<T> {
  private static final int MOST_DATA_SETS = 8192; // of a job; Spark plans all of them at a time

  private final List<T> left; // those before the first that has failed
  private Exception failure; // of that one; null for none

  /**
   * What an item asks of Spark.
   *
   * @param rows few, since the driver holds those of all
   * @param held how many values the driver holds until they are answered, if they are many
   * @param answer gets the rows, on the thread that has asked
   */
  public record Question(JavaRDD<?> rows, long held, Consumer<List<?>> answer) {
    /** Of few rows, each of which is small. */
    @SuppressWarnings("unchecked") // they are those of the data set
    public static <R> Question of(JavaRDD<R> rows, long held, Consumer<List<R>> answer) {
      return new Question(rows, held, all -> answer.accept((List<R>) all));
    }
  }

  private record Asked(int item, Question question) {}

  public Phases(List<? extends T> items) {
    this.left = new ArrayList<>(items);
  }

  /** Does something for each item on this thread. */
  public void each(Consumer<? super T> work) {
    for (int i = 0; i < left.size(); i++) {
      attempt(i, work);
    }
  }

  private boolean attempt(int item, Consumer<? super T> work) {
    try {
      work.accept(left.get(item));
      return true;
    } catch (Exception e) { // a SparkException is checked, but Scala does not declare it
      fail(item, e);
      return false;
    }
  }

  private void fail(int item, Exception e) {
    if (e instanceof InterruptedException) {
      throw Phases.<RuntimeException>asItIs(e); // as a thread that waits for a Spark job
    }
    failure = e;
    left.subList(item, left.size()).clear();
  }

  /**
   * Answers what the items ask, in their order.
   *
   * @param most values that the driver holds at a time, more if one question alone has them
   */
  public void ask(long most, Function<? super T, List<Question>> questions) {
    List<Asked> asked = new ArrayList<>();
    for (int i = 0; i < left.size(); i++) {
      int item = i;
      attempt(i, its -> questions.apply(its).forEach(q -> asked.add(new Asked(item, q))));
    }
    for (int from = 0, to; from < asked.size(); from = to) {
      long held = 0;
      to = from;
      do {
        held += asked.get(to).question().held();
        to++;
      } while (to < asked.size()
          && to - from < MOST_DATA_SETS
          && held + asked.get(to).question().held() <= most);
      if (!answer(asked.subList(from, to))) {
        return;
      }
    }
  }

  /**
   * Answers some questions by one job. A failure of several is nobody's: each half is asked by
   * itself, until the first one at fault is alone.
   *
   * @return whether no item has failed
   */
  private boolean answer(List<Asked> some) {
    List<List<Object>> answers;
    try {
      answers = JointCollect.of(some.stream().map(asked -> asked.question().rows()).toList());
    } catch (Exception e) { // a SparkException is checked, but Scala does not declare it
      if (some.size() == 1 || e instanceof InterruptedException) {
        fail(some.get(0).item(), e);
        return false;
      }
      int half = some.size() / 2;
      return answer(some.subList(0, half)) && answer(some.subList(half, some.size()));
    }
    for (int i = 0; i < some.size(); i++) {
      List<Object> rows = answers.get(i);
      Asked asked = some.get(i);
      if (!attempt(asked.item(), item -> asked.question().answer().accept(rows))) {
        return false;
      }
    }
    return true;
  }

  /**
   * All items, when they have gone through all phases.
   *
   * @throws RuntimeException as it was thrown for the first of the items that failed
   */
  public List<T> done() {
    if (failure != null) {
      throw Phases.<RuntimeException>asItIs(failure);
    }
    return left;
  }

  /** Throws what was thrown, checked or not. */
  @SuppressWarnings("unchecked")
  private static <E extends Throwable> RuntimeException asItIs(Throwable thrown) throws E {
    throw (E) thrown;
  }
}
