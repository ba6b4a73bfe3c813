package io.github.cola4j.spark.api;

import io.github.cola4j.spark.ml.ColaClassificationModel;
import io.github.cola4j.spark.ml.ColaClassifier;
import java.io.IOException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

public final class Tickets {
  /** Learns from rows with the columns text and label, and writes the model. */
  static void train(String model, Dataset<Row> rows, String path) throws IOException {
    ColaClassifier classifier = new ColaClassifier().setModel(model).setRank(4).setEpochs(5);
    ColaClassificationModel trained = classifier.fit(rows);
    trained.summary().tasks().show();
    trained.write().overwrite().save(path);
  }

  /** train MODEL ROWS PATH, or label PATH ROWS LABELLED. */
  public static void main(String[] args) throws IOException {
    SparkSession spark = SparkSession.builder().appName("Tickets").getOrCreate();
    Dataset<Row> rows = spark.read().json(args[2]);
    if (args[0].equals("train")) {
      train(args[1], rows, args[3]);
    } else {
      ColaClassificationModel.load(args[1]).transform(rows).write().parquet(args[3]);
    }
  }
}
