package io.github.cola4j.spark.cli.option;

import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * The Spark session of a command. It is the one that runs in this JVM, which stays open; where
 * there is none, one is started, and stopped at the end.
 */
public final class OpenSession implements AutoCloseable {
  private final SparkSession session;
  private final boolean started;

  private OpenSession(SparkSession session, boolean started) {
    this.session = session;
    this.started = started;
  }

  /**
   * The session that runs, or a new one.
   *
   * @param conf of a new one
   * @param master that was asked for, or null
   * @throws IllegalArgumentException if the session that runs has another master
   */
  static OpenSession of(SparkConf conf, String master) {
    if (SparkEnv.get() == null) {
      return new OpenSession(SparkSession.builder().config(conf).getOrCreate(), true);
    }
    SparkSession running = SparkSession.builder().getOrCreate();
    String its = running.sparkContext().master();
    if (master != null && !master.equals(its)) {
      throw new IllegalArgumentException(
          "--master "
              + master
              + ": a Spark session with master "
              + its
              + " runs in this JVM; leave --master out to use it, or stop it first");
    }
    return new OpenSession(running, false);
  }

  /** The session. */
  public SparkSession session() {
    return session;
  }

  /** Its context. */
  public JavaSparkContext context() {
    return JavaSparkContext.fromSparkContext(session.sparkContext());
  }

  @Override
  public void close() {
    if (started) {
      session.stop();
    }
  }
}
