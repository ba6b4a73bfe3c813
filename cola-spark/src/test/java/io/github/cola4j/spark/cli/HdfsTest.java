package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.spark.TestSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** Everything on a real HDFS, which renames folders at once, with executors of their own. */
@Tag("long")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class HdfsTest {
  @TempDir static Path folder;
  private static MiniDFSCluster cluster;
  private static SparkSession session;
  private static RemoteJob job;

  @BeforeAll
  static void start() throws IOException {
    Configuration conf = new Configuration();
    conf.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, folder.resolve("dfs").toString());
    cluster = new MiniDFSCluster.Builder(conf).numDataNodes(1).build();
    cluster.waitActive();
    session =
        TestSpark.open(
            TestSpark.CLUSTER,
            Map.of("spark.cola4j.modelCache", folder.resolve("cache").toString()));
    job =
        new RemoteJob(
            session,
            cluster.getFileSystem(),
            cluster.getFileSystem().getUri().toString(),
            folder,
            List.of());
  }

  @AfterAll
  static void stop() throws IOException {
    session.stop();
    cluster.shutdown();
  }

  @Test
  @Order(1)
  void aKilledRunResumes() throws Exception {
    job.survivesKill();
  }

  @Test
  @Order(2)
  void aResultIsReplacedOnlyWhenAsked() throws IOException {
    job.isReplacedOnlyWhenAsked();
  }

  @Test
  @Order(3)
  void everyCommandReadsAndWritesThere() throws IOException {
    job.isUsedByEveryCommand();
    // driver and executors share one copy of a model
    try (Stream<Path> cached = Files.list(folder.resolve("cache"))) {
      assertThat(cached.filter(Files::isDirectory)).hasSize(1);
    }
  }

  @Test
  @Order(4)
  void oneOfTwoGetsAPlace() throws Exception {
    job.isClaimedByOne();
    job.isTrainedByOne();
  }
}
