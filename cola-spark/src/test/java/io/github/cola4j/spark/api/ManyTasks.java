package io.github.cola4j.spark.api;

import io.github.cola4j.spark.MultiTaskTrainer;
import io.github.cola4j.spark.adapter.AdapterFolder;
import io.github.cola4j.spark.data.Columns;
import io.github.cola4j.spark.inference.AdapterRunner;
import io.github.cola4j.spark.model.BaseModelCache;
import io.github.cola4j.spark.training.TaskTable;
import io.github.cola4j.spark.training.TrainedTask;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

public final class ManyTasks {
  /** Rows with the columns task, text and label; an adapter for each task in a folder. */
  static void train(SparkSession spark, String model, Dataset<Row> rows, String folder) {
    MultiTaskTrainer trainer = new MultiTaskTrainer(spark, BaseModelCache.load(model));
    try (var table = TaskTable.of(rows, "task", Columns.defaults())) {
      for (TrainedTask task : trainer.train(table.tasks())) {
        AdapterFolder.at(spark, folder + "/" + task.name()).save(task.adapter());
      }
    }
  }

  /** train MODEL ROWS FOLDER, or label ADAPTER ROWS LABELLED. */
  public static void main(String[] args) {
    SparkSession spark = SparkSession.builder().appName("Many tasks").getOrCreate();
    Dataset<Row> rows = spark.read().json(args[2]);
    if (args[0].equals("train")) {
      train(spark, args[1], rows, args[3]);
    } else {
      try (AdapterRunner runner = AdapterRunner.load(spark, args[1])) {
        runner.transform(rows).write().json(args[3]);
      }
    }
  }
}
