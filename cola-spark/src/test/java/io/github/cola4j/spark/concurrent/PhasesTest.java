package io.github.cola4j.spark.concurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cola4j.spark.LocalSparkTest;
import io.github.cola4j.spark.SparkJobs;
import io.github.cola4j.spark.concurrent.Phases.Question;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaRDD;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PhasesTest extends LocalSparkTest {
  private static final CountDownLatch READ = new CountDownLatch(1);
  private static final CountDownLatch DONE = new CountDownLatch(1);

  private static List<Integer> items(int count) {
    return IntStream.range(0, count).boxed().toList();
  }

  /** Two partitions of as many rows as the item's number; none fail but the ones named. */
  private static JavaRDD<String> rows(int item, List<Integer> failing) {
    return spark
        .parallelize(items(item), 2)
        .map(
            row -> {
              if (failing.contains(item)) {
                throw new IllegalStateException("item " + item);
              }
              return item + "/" + row;
            });
  }

  private static List<String> expected(int item) {
    return items(item).stream().map(row -> item + "/" + row).toList();
  }

  @Test
  void allQuestionsOfAPhaseAreAnsweredInTheirOrderByOneJob() {
    List<List<String>> answers = new ArrayList<>();
    try (SparkJobs jobs = new SparkJobs(spark)) {
      Phases<Integer> phases = new Phases<>(items(100));
      phases.ask(
          1, i -> i == 7 ? List.of() : List.of(Question.of(rows(i, List.of()), 0, answers::add)));

      assertThat(phases.done()).isEqualTo(items(100));
      assertThat(answers)
          .isEqualTo(items(100).stream().filter(i -> i != 7).map(PhasesTest::expected).toList());
      assertThat(jobs.started()).hasSize(1);
    }
  }

  @Test
  void soManyAreAskedTogetherAsTheDriverMayHold() {
    List<List<String>> answers = new ArrayList<>();
    try (SparkJobs jobs = new SparkJobs(spark)) {
      Phases<Integer> phases = new Phases<>(items(8));
      // 0 1 2 3 | 4 5 | 6 | 7
      phases.ask(9, i -> List.of(Question.of(rows(i, List.of()), i == 7 ? 70 : i, answers::add)));

      assertThat(phases.done()).hasSize(8);
      assertThat(answers).isEqualTo(items(8).stream().map(PhasesTest::expected).toList());
      assertThat(jobs.started()).hasSize(4);
    }
  }

  /** Halves are asked again: seven jobs at most after the first of 100. */
  @Test
  void theFirstItemAtFaultIsFoundAndThoseBeforeItAreAnsweredOnce() {
    List<List<String>> answers = new ArrayList<>();
    try (SparkJobs jobs = new SparkJobs(spark)) {
      Phases<Integer> phases = new Phases<>(items(100));
      phases.ask(1, i -> List.of(Question.of(rows(i, List.of(61, 62, 98)), 0, answers::add)));
      List<Integer> left = new ArrayList<>();
      phases.each(left::add);

      assertThat(left).isEqualTo(items(61));
      assertThat(answers).isEqualTo(items(61).stream().map(PhasesTest::expected).toList());
      assertThatThrownBy(phases::done)
          .isInstanceOf(SparkException.class)
          .rootCause()
          .hasMessage("item 61");
      assertThat(jobs.started()).hasSizeBetween(8, 15);
    }
  }

  /** As if each item went through all phases by itself, one after the other. */
  @Test
  void anEarlierItemsFailureInALaterPhaseIsTold() {
    IllegalStateException later = new IllegalStateException("item 3 in the second phase");
    Phases<Integer> phases = new Phases<>(items(10));
    List<Integer> second = new ArrayList<>();

    phases.ask(
        1,
        i ->
            List.of(
                Question.of(
                    rows(i, List.of(8)),
                    0,
                    all -> {
                      if (i == 6) {
                        throw new IllegalStateException("item 6 in the first phase");
                      }
                    })));
    phases.each(
        i -> {
          second.add(i);
          if (i == 3) {
            throw later;
          }
        });

    assertThatThrownBy(phases::done).isSameAs(later);
    assertThat(second).containsExactly(0, 1, 2, 3);
  }

  @Test
  void whoInterruptsTheCallerEndsTheWork() throws InterruptedException {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    List<Object> answers = new ArrayList<>();
    Thread caller =
        new Thread(
            () -> {
              try {
                new Phases<>(items(4))
                    .ask(1, i -> List.of(Question.of(waiting(), 0, answers::add)));
              } catch (Throwable e) { // an InterruptedException is checked, but not declared
                thrown.set(e);
              }
            });
    caller.start();
    READ.await();

    caller.interrupt();
    caller.join();

    assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
    assertThat(answers).isEmpty();
    DONE.countDown();
  }

  private static JavaRDD<Integer> waiting() {
    return spark
        .parallelize(List.of(1), 1)
        .map(
            row -> {
              READ.countDown();
              DONE.await();
              return row;
            });
  }
}
