package io.github.cola4j.spark.internal.probe;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.classification.LogisticRegressionModel;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;
import scala.Tuple2;

/**
 * The baseline that costs least: multinomial logistic regression on the frozen model's embeddings,
 * by Spark ML's L-BFGS. Its objective is
 *
 * <pre>1/n Σ CE(W x + b, y) + λ/2 Σ_ci (σ_i W_ci)²    σ_i the standard deviation of feature i</pre>
 *
 * <p>λ is the one of {@link #REGULARIZATION} that does best on the validation examples: by
 * accuracy, then by loss.
 */
final class LinearProbe {
  /** The candidates for λ. */
  static final List<Double> REGULARIZATION = List.of(0.01, 0.03, 0.1, 0.3);

  /**
   * Spark adds partitions' gradients in the order in which they arrive. Of two numbers that order
   * does not matter, so that twice as many examples give the same bits on any cluster.
   */
  private static final int EXAMPLES_PER_PARTITION = 65_536;

  private static final int ITERATIONS = 100;

  /** Relative change of the objective that ends it: each iteration is a Spark job. */
  private static final double TOLERANCE = 1e-4;

  private static final StructType SCHEMA =
      new StructType()
          .add("label", DataTypes.DoubleType)
          .add("features", SQLDataTypes.VectorType());

  /** A shard's answers: how many are right, and Σ −log p(label). */
  private record Score(int shard, int examples, int right, double loss) implements Serializable {}

  /** The answers of all shards. */
  private record Scores(double accuracy, double loss) {
    boolean areBetterThan(Scores other) {
      return other == null
          || accuracy > other.accuracy
          || (accuracy == other.accuracy && loss < other.loss);
    }
  }

  private final LogisticRegressionModel model;

  private LinearProbe(LogisticRegressionModel model) {
    this.model = model;
  }

  /**
   * Trains on one set of examples and chooses λ on another.
   *
   * @param examples how many there are to train on
   */
  static LinearProbe fit(
      JavaRDD<EmbeddedShard> training, long examples, JavaRDD<EmbeddedShard> validation) {
    JavaRDD<Row> rows = rows(training, examples).persist(StorageLevel.MEMORY_AND_DISK());
    try {
      Dataset<Row> data = SparkSession.builder().getOrCreate().createDataFrame(rows, SCHEMA);
      LogisticRegressionModel best = null;
      Scores bestScores = null;
      for (double lambda : REGULARIZATION) {
        LogisticRegressionModel model = fit(data, lambda);
        Scores scores = scores(model, validation);
        if (scores.areBetterThan(bestScores)) {
          best = model;
          bestScores = scores;
        }
      }
      return new LinearProbe(best);
    } finally {
      rows.unpersist(false);
    }
  }

  /** The minimum of the objective for one λ. */
  static LogisticRegressionModel fit(Dataset<Row> data, double lambda) {
    return new LogisticRegression()
        .setFamily("multinomial")
        .setRegParam(lambda)
        .setMaxIter(ITERATIONS)
        .setTol(TOLERANCE)
        .fit(data);
  }

  /** The share of other examples whose class is found. */
  double accuracy(JavaRDD<EmbeddedShard> examples) {
    return scores(model, examples).accuracy();
  }

  LogisticRegressionModel model() {
    return model;
  }

  /** Labels and features, in an order that follows from the data alone. */
  private static JavaRDD<Row> rows(JavaRDD<EmbeddedShard> shards, long examples) {
    int partitions = Math.toIntExact(1 + (examples - 1) / EXAMPLES_PER_PARTITION);
    return shards
        .mapToPair(shard -> new Tuple2<>(shard.index(), shard))
        .repartitionAndSortWithinPartitions(
            new HashPartitioner(partitions), Comparator.<Integer>naturalOrder())
        .flatMap(shard -> rows(shard._2()).iterator());
  }

  private static List<Row> rows(EmbeddedShard shard) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < shard.labels().length; i++) {
      rows.add(RowFactory.create((double) shard.labels()[i], vector(shard.x()[i])));
    }
    return rows;
  }

  private static Vector vector(float[] x) {
    double[] elements = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      elements[i] = x[i];
    }
    return Vectors.dense(elements);
  }

  private static Scores scores(LogisticRegressionModel model, JavaRDD<EmbeddedShard> examples) {
    List<Score> shards = new ArrayList<>(examples.map(shard -> score(model, shard)).collect());
    shards.sort(Comparator.comparingInt(Score::shard));
    long all = 0;
    long right = 0;
    double loss = 0;
    for (Score shard : shards) {
      all += shard.examples();
      right += shard.right();
      loss += shard.loss();
    }
    return new Scores((double) right / all, loss);
  }

  private static Score score(LogisticRegressionModel model, EmbeddedShard shard) {
    int right = 0;
    double loss = 0;
    for (int i = 0; i < shard.labels().length; i++) {
      Vector p = model.predictProbability(vector(shard.x()[i]));
      int label = shard.labels()[i];
      right += p.argmax() == label ? 1 : 0;
      // a class without training examples may lie beyond those that the model has
      loss -= label < p.size() ? Math.log(p.apply(label)) : Double.NEGATIVE_INFINITY;
    }
    return new Score(shard.index(), shard.labels().length, right, loss);
  }
}
