package io.github.cola4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A job with dynamic allocation on a cluster that grows and shrinks between its rounds. */
@Tag("cluster")
@Tag("long")
@Timeout(900)
class ElasticClusterIT {
  private static final int ROUNDS = 12;

  @TempDir Path folder;

  @Test
  void executorsThatComeAndGoChangeNothing() throws Exception {
    // long texts: rounds have to have a backlog of more than a second on a fast machine too
    ClusterJob job = ClusterJob.write(folder, ROUNDS, 48);
    Path output = folder.resolve("elastic");
    EventLog events = new EventLog(Files.createDirectory(folder.resolve("events")));
    List<String> conf = new ArrayList<>(events.conf());
    conf.addAll(
        List.of(
            "spark.dynamicAllocation.enabled=true",
            "spark.dynamicAllocation.shuffleTracking.enabled=true",
            "spark.dynamicAllocation.minExecutors=1",
            "spark.dynamicAllocation.maxExecutors=2",
            "spark.dynamicAllocation.schedulerBacklogTimeout=1s",
            "spark.executor.cores=1",
            "spark.locality.wait=100ms"));

    try (StandaloneCluster cluster = new StandaloneCluster(folder)) {
      cluster.startMaster();
      Process first = cluster.startWorker("worker1", 1);
      Process submit = cluster.submit(cluster.master(), conf, job.train(output));
      cluster.awaitWhile(submit, "a round", () -> ClusterJob.roundsDone(output) >= 2);
      cluster.startWorker("worker2", 1);
      cluster.awaitWhile(
          submit,
          "a round that two executors train",
          () -> events.trainers().values().stream().anyMatch(trainers -> trainers.size() == 2));
      first.destroy();
      cluster.awaitSuccess(submit);

      assertThat(cluster.executorLogs("worker1")).hasSize(1);
      assertThat(cluster.executorLogs("worker2")).hasSize(1);
    }

    job.assertSameResults(output, job.trainLocally());
    // of a slow driver's end the log may have the last one's removal
    assertThat(events.executorCounts()).isIn(List.of(1, 2, 1), List.of(1, 2, 1, 0));
    TreeMap<Integer, TreeSet<String>> trainers = events.trainers();
    assertThat(trainers).hasSize(ROUNDS);
    assertThat(trainers.get(1)).isEqualTo(Set.of("0"));
    assertThat(trainers.values()).contains(new TreeSet<>(Set.of("0", "1")));
    assertThat(trainers.get(ROUNDS)).isEqualTo(Set.of("1"));
  }
}
