package io.github.cola4j.spark.data.file;

import org.apache.spark.sql.SparkSession;

/** A session like another one, in which names that differ by case differ. */
public final class ExactSession {
  private ExactSession() {}

  /** A session with the other's settings, current catalog and database. */
  public static SparkSession of(SparkSession spark) {
    SparkSession exact = spark.newSession();
    scala.collection.Iterator<scala.Tuple2<String, String>> settings =
        spark.conf().getAll().iterator();
    while (settings.hasNext()) {
      scala.Tuple2<String, String> setting = settings.next();
      if (exact.conf().isModifiable(setting._1())) {
        exact.conf().set(setting._1(), setting._2());
      }
    }
    exact.conf().set("spark.sql.caseSensitive", "true");
    exact.catalog().setCurrentCatalog(spark.catalog().currentCatalog());
    exact.catalog().setCurrentDatabase(spark.catalog().currentDatabase());
    return exact;
  }
}
