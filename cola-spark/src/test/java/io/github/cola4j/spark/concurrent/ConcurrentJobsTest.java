package io.github.cola4j.spark.concurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cola4j.spark.LocalSparkTest;
import io.github.cola4j.spark.SparkJobs;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ConcurrentJobsTest extends LocalSparkTest {
  private static List<Integer> items(int count) {
    return IntStream.range(0, count).boxed().toList();
  }

  @Test
  void resultsHaveTheOrderOfTheItemsWhoeverIsDoneFirst() {
    CountDownLatch last = new CountDownLatch(1);

    List<String> results =
        ConcurrentJobs.map(
            items(6),
            i -> {
              if (i == 5) {
                last.countDown();
              }
              await(last);
              return "result " + i;
            });

    assertThat(results)
        .containsExactlyElementsOf(items(6).stream().map(i -> "result " + i).toList());
    assertThat(ConcurrentJobs.map(List.<Integer>of(), i -> i)).isEmpty();
  }

  @Test
  void jobsOfSeveralItemsRunAtOnceWithTheCallersPropertiesOnDaemonThreads() {
    CyclicBarrier both = new CyclicBarrier(2);
    Set<String> threads = new ConcurrentSkipListSet<>();
    spark.setJobGroup("night", "all tasks");
    try (SparkJobs jobs = new SparkJobs(spark)) {
      List<Long> counts =
          ConcurrentJobs.map(
              items(2),
              i -> {
                threads.add(Thread.currentThread().getName() + Thread.currentThread().isDaemon());
                spark.setLocalProperty("spark.job.description", "task " + i);
                await(both);
                return spark.parallelize(items(10 + i), 1).count();
              });

      assertThat(counts).containsExactly(10L, 11L);
      assertThat(jobs.started())
          .hasSize(2)
          .allMatch(job -> "night".equals(job.group()))
          .extracting(SparkJobs.Started::description)
          .containsExactlyInAnyOrder("task 0", "task 1");
      assertThat(threads).containsExactly("cola-task-1true", "cola-task-2true");
      assertThat(spark.getLocalProperty("spark.job.description")).isEqualTo("all tasks");
    } finally {
      spark.clearJobGroup();
    }
  }

  @Test
  void theFailureOfTheFirstItemIsToldAndLaterItemsAreNotBegun() {
    CountDownLatch laterFailed = new CountDownLatch(1);
    Set<Integer> begun = new ConcurrentSkipListSet<>();
    IOException first = new IOException("item 2");

    assertThatThrownBy(
            () ->
                ConcurrentJobs.map(
                    items(100),
                    32,
                    i -> {
                      begun.add(i);
                      if (i == 5) {
                        laterFailed.countDown();
                        throw new IllegalStateException("item 5");
                      }
                      if (i == 2) {
                        await(laterFailed);
                        throw sneaky(first);
                      }
                      await(laterFailed);
                      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
                      return i;
                    }))
        .isSameAs(first);

    assertThat(begun).contains(0, 1, 2, 5).hasSizeLessThan(50);
  }

  @Test
  void whoInterruptsTheCallerEndsTheWorkToo() throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(8);
    CountDownLatch ended = new CountDownLatch(8);
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread caller =
        new Thread(
            () -> {
              try {
                ConcurrentJobs.map(
                    items(100),
                    i -> {
                      begun.countDown();
                      try {
                        return await(new CountDownLatch(1));
                      } finally {
                        ended.countDown();
                      }
                    });
              } catch (Throwable e) { // an InterruptedException is checked, but not declared
                thrown.set(e);
              }
            });
    caller.start();
    await(begun);

    caller.interrupt();
    caller.join();

    assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
    assertThat(ended.getCount()).isZero();
  }

  private static boolean await(CountDownLatch latch) {
    try {
      if (latch.await(30, TimeUnit.SECONDS)) {
        return true;
      }
      throw new IllegalStateException("nobody came");
    } catch (InterruptedException e) {
      throw sneaky(e);
    }
  }

  private static void await(CyclicBarrier barrier) {
    try {
      barrier.await(30, TimeUnit.SECONDS);
    } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
      throw new IllegalStateException("the items did not run at once", e);
    }
  }

  @SuppressWarnings("unchecked")
  private static <E extends Throwable> RuntimeException sneaky(Throwable e) throws E {
    throw (E) e;
  }
}
