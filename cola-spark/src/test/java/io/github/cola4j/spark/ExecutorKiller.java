package io.github.cola4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import scala.Tuple2;

/**
 * Kills executors of a local cluster (as {@code kill -9} does), or stops them for a while, when
 * they compute.
 */
final class ExecutorKiller extends SparkListener {
  private final Map<String, Long> processes;
  private final AtomicInteger jobsUntil = new AtomicInteger(-1);
  private final AtomicInteger strikes = new AtomicInteger(1);
  private volatile int pauseSeconds;
  private volatile boolean inLastStage;
  private volatile int lastStage;
  final AtomicInteger struck = new AtomicInteger();
  final AtomicInteger failedTasks = new AtomicInteger();

  /**
   * Knows the processes of a cluster's executors.
   *
   * @param executors how many there are; waited for, as one that has just died may still be listed,
   *     and the next is not there yet
   */
  ExecutorKiller(JavaSparkContext spark, int executors) {
    Map<String, Long> found = processes(spark);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(240);
    while (found.size() < executors) {
      assertThat(System.nanoTime()).as("%d executors compute", executors).isLessThan(end);
      found = processes(spark);
    }
    processes = new ConcurrentHashMap<>(found);
  }

  /** The process of each executor. */
  private static Map<String, Long> processes(JavaSparkContext spark) {
    return spark
        .parallelize(IntStream.range(0, 8).boxed().toList(), 8)
        .mapToPair(
            i -> {
              Thread.sleep(100);
              return new Tuple2<>(SparkEnv.get().executorId(), ProcessHandle.current().pid());
            })
        .collectAsMap();
  }

  /** Kills the executor of the first task of one of the next jobs; 1 is the very next. */
  void arm(int jobs) {
    pauseSeconds = 0;
    inLastStage = false;
    strikes.set(1);
    jobsUntil.set(jobs);
  }

  /** As {@link #arm}, and the executors of that job's next tasks, so many in all. */
  void arm(int jobs, int executors) {
    arm(jobs);
    strikes.set(executors);
  }

  /** As {@link #arm}, but lets it stand still for some seconds. */
  void armPause(int jobs, int seconds) {
    arm(jobs);
    pauseSeconds = seconds;
  }

  private void strike(long process) {
    if (pauseSeconds == 0) {
      ProcessHandle.of(process).ifPresent(ProcessHandle::destroyForcibly);
      return;
    }
    String pause =
        String.format("kill -STOP %d; sleep %d; kill -CONT %d", process, pauseSeconds, process);
    try {
      new ProcessBuilder("bash", "-c", pause).start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As {@link #arm}, the first task of the job's last stage: a reducer's. */
  void armLastStage(int jobs) {
    pauseSeconds = 0;
    inLastStage = true;
    strikes.set(1);
    jobsUntil.set(jobs);
  }

  @Override
  public void onJobStart(SparkListenerJobStart start) {
    int last = -1;
    for (int i = 0; i < start.stageInfos().size(); i++) {
      last = Math.max(last, start.stageInfos().apply(i).stageId());
    }
    lastStage = last;
    jobsUntil.updateAndGet(jobs -> jobs > 0 ? jobs - 1 : jobs);
  }

  @Override
  public void onTaskStart(SparkListenerTaskStart start) {
    if (jobsUntil.get() == 0 && (!inLastStage || start.stageId() == lastStage)) {
      Long process = processes.remove(start.taskInfo().executorId());
      if (process != null && strikes.getAndDecrement() > 0) {
        strike(process);
        struck.incrementAndGet();
        if (strikes.get() == 0) {
          jobsUntil.set(-1);
        }
      }
    }
  }

  @Override
  public void onTaskEnd(SparkListenerTaskEnd end) {
    if (!end.taskInfo().successful()) {
      failedTasks.incrementAndGet();
    }
  }
}
