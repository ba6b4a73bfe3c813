package io.github.cola4j.spark;

import io.github.cola4j.model.BaseModel;
import io.github.cola4j.spark.model.BaseModelCache;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Tests of one class share a local Spark with two threads and the tiny model. */
public abstract class LocalSparkTest {
  public static SparkSession session;
  public static JavaSparkContext spark;
  public static BaseModel model;

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
