package io.github.cola4j.spark.ml;

import io.github.cola4j.spark.ml.params.ParamSet;
import io.github.cola4j.spark.ml.sweep.Standing;
import io.github.cola4j.spark.ml.sweep.Sweep;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.ParamPair;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scala.collection.JavaConverters;

/**
 * The best candidate's model, and how all candidates did. It is written as {@link #bestModel}; the
 * table is not.
 */
public final class ColaSweepModel extends Model<ColaSweepModel> {
  private static final long serialVersionUID = 1;
  private static final StructType STANDINGS =
      new StructType()
          .add("candidate", DataTypes.IntegerType, false)
          .add(
              "params",
              DataTypes.createMapType(DataTypes.StringType, DataTypes.StringType, false),
              false)
          .add("rung", DataTypes.IntegerType, false)
          .add("epochs", DataTypes.IntegerType, false)
          .add("rounds", DataTypes.IntegerType, false)
          .add("examples", DataTypes.LongType, false)
          .add("validationLoss", DataTypes.DoubleType, false)
          .add("accuracy", DataTypes.DoubleType, false)
          .add("kept", DataTypes.BooleanType, false);

  private final String uid;
  private final ParamSet params;
  private final transient Model<?> best;
  private final transient SparkSession spark;
  private final transient Sweep.Result result;
  private final transient List<ParamMap> candidates;

  ColaSweepModel(
      String uid,
      Model<?> best,
      SparkSession spark,
      Sweep.Result result,
      List<ParamMap> candidates) {
    this.uid = uid;
    this.params = new ParamSet(this);
    this.best = best;
    this.spark = spark;
    this.result = result;
    this.candidates = candidates;
  }

  ColaSweepModel withParent(ColaSweep sweep) {
    setParent(sweep);
    return this;
  }

  @Override
  public String uid() {
    return uid;
  }

  @Override
  public Param<?>[] params() {
    return params.all();
  }

  /** A {@link ColaClassificationModel} or {@link ColaGenerationModel}, to be used and written. */
  public Model<?> bestModel() {
    return best;
  }

  /** The place of the best candidate's params among the estimator's. */
  public int bestIndex() {
    return result.best();
  }

  /**
   * A row for each candidate at the end of each rung that it began: its number and params; the
   * rung, and the epochs after which it is over; rounds and examples trained from the start; the
   * validation's loss and accuracy, the mean of tasks, NaN if training diverged; and whether it was
   * kept, at the last rung as the best. There candidates are judged by their best round, as models
   * are.
   */
  public Dataset<Row> summary() {
    return spark.createDataFrame(result.standings().stream().map(this::row).toList(), STANDINGS);
  }

  private Row row(Standing standing) {
    return RowFactory.create(
        standing.candidate(),
        params(candidates.get(standing.candidate())),
        standing.rung(),
        standing.epochs(),
        standing.rounds(),
        standing.examples(),
        standing.validationLoss(),
        standing.accuracy(),
        standing.kept());
  }

  private static Object params(ParamMap map) {
    Map<String, String> values = new TreeMap<>();
    for (ParamPair<?> pair : JavaConverters.seqAsJavaListConverter(map.toSeq()).asJava()) {
      Object value = pair.value();
      values.put(
          pair.param().name(),
          value instanceof String[] strings ? String.join(", ", strings) : value.toString());
    }
    return JavaConverters.mapAsScalaMapConverter(values).asScala();
  }

  /** Examples that all candidates together were trained on, each as often as it was seen. */
  public long examplesTrained() {
    Map<Integer, Long> last = new TreeMap<>();
    result
        .standings()
        .forEach(standing -> last.merge(standing.candidate(), standing.examples(), Math::max));
    return last.values().stream().mapToLong(Long::longValue).sum();
  }

  @Override
  public StructType transformSchema(StructType schema) {
    return best.transformSchema(schema);
  }

  /** As the best model's. */
  @Override
  public Dataset<Row> transform(Dataset<?> dataset) {
    return best.transform(dataset);
  }

  @Override
  public ColaSweepModel copy(ParamMap extra) {
    ColaSweepModel copy = new ColaSweepModel(uid, best.copy(extra), spark, result, candidates);
    copy.setParent(parent());
    return copyValues(copy, extra);
  }

  @Override
  public String toString() {
    return "ColaSweepModel: uid=" + uid + ", bestModel=" + best;
  }
}
