package io.github.cola4j.spark.cli;

import io.github.cola4j.spark.TestSpark;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
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

/** Everything on a real HDFS, which renames folders at once. */
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
    session = TestSpark.open("local[2]");
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
  }

  @Test
  @Order(4)
  void oneOfTwoGetsAPlace() throws Exception {
    job.isClaimedByOne();
    job.isTrainedByOne();
  }
}
