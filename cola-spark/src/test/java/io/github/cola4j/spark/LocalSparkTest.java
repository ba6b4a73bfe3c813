package io.github.cola4j.spark;

import io.github.cola4j.model.BaseModel;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Tests of one class share a local Spark with two threads and the tiny model. */
abstract class LocalSparkTest {
  static SparkSession session;
  static JavaSparkContext spark;
  static BaseModel model;

  @BeforeAll
  static void start() {
    session = TestSpark.open("local[2]");
    spark = JavaSparkContext.fromSparkContext(session.sparkContext());
    model = BaseModelCache.load(TinyTasks.folder().toString());
  }

  @AfterAll
  static void stop() {
    session.stop();
  }
}
