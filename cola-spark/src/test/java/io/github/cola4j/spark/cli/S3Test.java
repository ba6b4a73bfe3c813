package io.github.cola4j.spark.cli;

import io.github.cola4j.spark.TestSpark;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** Everything on an object store, by Hadoop's S3A: renames copy object by object. */
@Tag("long")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class S3Test {
  @TempDir static Path folder;
  private static S3Server server;
  private static SparkSession session;
  private static RemoteJob job;

  @BeforeAll
  static void start() throws Exception {
    server = new S3Server(folder.resolve("s3.log"));
    Map<String, String> settings = new TreeMap<>();
    List<String> options = new ArrayList<>();
    server
        .settings()
        .forEach(
            (key, value) -> {
              settings.put("spark.hadoop." + key, value);
              options.add("-Dspark.hadoop." + key + "=" + value);
            });
    session = TestSpark.open("local[2]", settings);
    FileSystem files =
        FileSystem.get(URI.create(S3Server.BUCKET), session.sparkContext().hadoopConfiguration());
    job = new RemoteJob(session, files, S3Server.BUCKET, folder, options);
  }

  @AfterAll
  static void stop() {
    session.stop();
    server.close();
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
  }
}
