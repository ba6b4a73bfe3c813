package io.github.cola4j.spark.ml;

import io.github.cola4j.spark.ml.fit.FitResult;
import io.github.cola4j.spark.training.RoundMetrics;
import io.github.cola4j.spark.training.TrainedTask;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** How training went. It is not written with a model. */
public final class ColaTrainingSummary {
  private static final StructType ROUNDS =
      new StructType()
          .add("round", DataTypes.IntegerType, false)
          .add("task", DataTypes.StringType, false)
          .add("step", DataTypes.IntegerType, false)
          .add("totalSteps", DataTypes.IntegerType, false)
          .add("loss", DataTypes.DoubleType, false)
          .add("validationLoss", DataTypes.DoubleType)
          .add("accuracy", DataTypes.DoubleType)
          .add("macroF1", DataTypes.DoubleType)
          .add("best", DataTypes.BooleanType, false)
          .add("examples", DataTypes.LongType, false)
          .add("tokens", DataTypes.LongType, false)
          .add("shards", DataTypes.IntegerType, false)
          .add("rejected", DataTypes.IntegerType, false)
          .add("rejectedBecause", DataTypes.StringType)
          .add("examplesPerSecond", DataTypes.DoubleType, false)
          .add("seconds", DataTypes.DoubleType, false)
          .add("margin", DataTypes.DoubleType);
  private static final StructType TASKS =
      new StructType()
          .add("task", DataTypes.StringType, false)
          .add("labels", DataTypes.createArrayType(DataTypes.StringType, false), false)
          .add("rounds", DataTypes.IntegerType, false)
          .add("bestRound", DataTypes.IntegerType, false)
          .add("validationLoss", DataTypes.DoubleType, false)
          .add("accuracy", DataTypes.DoubleType, false)
          .add("macroF1", DataTypes.DoubleType, false)
          .add("validationExamples", DataTypes.LongType, false)
          .add("trainExamples", DataTypes.LongType, false)
          .add("truncated", DataTypes.LongType, false)
          .add("parameters", DataTypes.IntegerType, false);

  private final SparkSession spark;
  private final List<RoundMetrics> rounds;
  private final List<Row> tasks;
  private final Map<String, Long> badRows;

  ColaTrainingSummary(SparkSession spark, FitResult result) {
    this.spark = spark;
    this.rounds = result.rounds();
    this.tasks = result.tasks().stream().map(ColaTrainingSummary::row).toList();
    this.badRows = new TreeMap<>(result.badRows());
  }

  private static Row row(TrainedTask task) {
    return RowFactory.create(
        task.name(),
        task.classes().toArray(String[]::new),
        task.rounds(),
        task.bestRound(),
        task.validation().loss(),
        task.validation().accuracy(),
        task.validation().macroF1(),
        task.validation().examples(),
        task.trainExamples(),
        task.truncated(),
        task.adapter().size());
  }

  private static Row row(RoundMetrics round) {
    return RowFactory.create(
        round.round(),
        round.task(),
        round.step(),
        round.totalSteps(),
        round.loss(),
        round.validationLoss(),
        round.accuracy(),
        round.macroF1(),
        round.best(),
        round.examples(),
        round.tokens(),
        round.shards(),
        round.rejected(),
        round.rejectedBecause(),
        round.examplesPerSecond(),
        round.seconds(),
        round.margin());
  }

  /** A row for each round of each task, in their order. */
  public Dataset<Row> rounds() {
    return spark.createDataFrame(rounds.stream().map(ColaTrainingSummary::row).toList(), ROUNDS);
  }

  /** A row for each task, with the validation of its best round, which is the model's. */
  public Dataset<Row> tasks() {
    return spark.createDataFrame(tasks, TASKS);
  }

  /** How many rows were left out as they are no examples, by what is wrong with them. */
  public Map<String, Long> badRows() {
    return badRows;
  }
}
