package io.github.cola4j.spark.ml;

import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.spark.ml.fit.FitRows;
import io.github.cola4j.spark.ml.fit.LabelColumn;
import io.github.cola4j.spark.ml.params.Declarations;
import io.github.cola4j.spark.ml.params.FitParams;
import io.github.cola4j.spark.ml.params.ParamSet;
import io.github.cola4j.spark.ml.params.PredictionParams;
import io.github.cola4j.spark.ml.params.SchemaCheck;
import io.github.cola4j.spark.ml.params.TokenParams;
import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.spark.training.RoundMetrics;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsReadable;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.Identifiable;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/**
 * Learns to classify texts or images: adapters and a head for one task, or for each of many that a
 * column tells apart, on one frozen model.
 *
 * <p>Labels are strings, whose sorted order gives a class its index, or indices, which a
 * StringIndexer or the like names in the column's metadata. With such names every task has all of
 * them as its classes. The rows must be the same whenever Spark computes them.
 */
public final class ColaClassifier extends Estimator<ColaClassificationModel>
    implements PredictionParams<ColaClassifier>,
        FitParams<ColaClassifier>,
        TokenParams<ColaClassifier>,
        DefaultParamsWritable {
  private static final long serialVersionUID = 1;

  private final String uid;
  private final ParamSet params;

  /** An estimator with every default; {@link #setModel} is the one param that it needs. */
  public ColaClassifier() {
    this(Identifiable.randomUID("colaClassifier"));
  }

  /** As Spark makes copies. */
  public ColaClassifier(String uid) {
    this.uid = uid;
    this.params = new ParamSet(this);
    Declarations.prediction(params);
    Declarations.labels(params);
    Declarations.fit(params);
    Declarations.tokens(params);
  }

  /** Reads estimators. */
  public static MLReader<ColaClassifier> read() {
    return new DefaultParamsReadable<ColaClassifier>() {}.read();
  }

  /** Reads the estimator that was written to a path. */
  public static ColaClassifier load(String path) {
    return read().load(path);
  }

  @Override
  public String uid() {
    return uid;
  }

  @Override
  public Param<?>[] params() {
    return params.all();
  }

  /** Param: column of the label. */
  public Param<String> labelCol() {
    return ParamSet.of(this, "labelCol");
  }

  public String getLabelCol() {
    return getOrDefault(labelCol());
  }

  public ColaClassifier setLabelCol(String value) {
    return ParamSet.set(this, labelCol(), value);
  }

  /** Param: what labels are. */
  public Param<String> problemType() {
    return ParamSet.of(this, "problemType");
  }

  public String getProblemType() {
    return getOrDefault(problemType());
  }

  public ColaClassifier setProblemType(String value) {
    return ParamSet.set(this, problemType(), value);
  }

  @Override
  public AdapterConfig adapterConfig() {
    return FitParams.super.adapterConfig().withTokenMerging(tokenMergingConfig());
  }

  private ProblemType problem() {
    return ProblemType.of(getProblemType());
  }

  /** Param: column of how much a row counts in training. */
  public Param<String> weightCol() {
    return ParamSet.of(this, "weightCol");
  }

  public String getWeightCol() {
    return getOrDefault(weightCol());
  }

  public ColaClassifier setWeightCol(String value) {
    return ParamSet.set(this, weightCol(), value);
  }

  /**
   * The columns that rows have after the model's transform.
   *
   * @throws IllegalArgumentException if a column is missing, of another type, or there already, or
   *     params do not go together
   */
  @Override
  public StructType transformSchema(StructType schema) {
    requireComplete();
    Map<Param<String>, SchemaCheck.Kind> read = inputKinds();
    read.put(taskCol(), SchemaCheck.Kind.TASK);
    read.put(
        labelCol(),
        switch (problem()) {
          case SINGLE_LABEL -> SchemaCheck.Kind.LABEL;
          case MULTI_LABEL -> SchemaCheck.Kind.LABELS;
          case REGRESSION -> SchemaCheck.Kind.NUMBER;
        });
    read.put(weightCol(), SchemaCheck.Kind.NUMBER);
    read.put(validationIndicatorCol(), SchemaCheck.Kind.INDICATOR);
    SchemaCheck check = new SchemaCheck(this, schema);
    check.requireRead(read);
    if (problem() == ProblemType.REGRESSION
        && !List.of("loss", RoundConfig.LAST).contains(getMetric())) {
      throw new IllegalArgumentException(
          uid + ": a regression has no metric '" + getMetric() + "'; set metric to loss or last");
    }
    List<String> labels =
        problem() == ProblemType.SINGLE_LABEL
            ? LabelColumn.of(schema.apply(getLabelCol())).labels()
            : null;
    return check.adding(new PredictionOutputs(this, labels, problem()).fields());
  }

  /**
   * Trains.
   *
   * @throws IllegalArgumentException as {@link #transformSchema}; if there is no such model, a task
   *     has less than two classes, or too many rows are no examples
   */
  @Override
  public ColaClassificationModel fit(Dataset<?> dataset) {
    return fit(dataset, round -> {});
  }

  /**
   * Trains, and reports each round of each task when it is done.
   *
   * @param listener is called between rounds, so it should return soon
   */
  public ColaClassificationModel fit(Dataset<?> dataset, Consumer<RoundMetrics> listener) {
    Dataset<Row> rows = dataset.toDF();
    transformSchema(rows.schema());
    return learner().fit(rows, listener);
  }

  /** Refuses a model of texts for images, and one of images for texts. */
  private void requireFit(BaseModel model) {
    if (ParamSet.column(this, imageCol()) != null) {
      model.images();
    } else if (model.encoder().imageSize() != null) {
      throw new IllegalArgumentException(
          "the model " + model.location() + " classifies images; set imageCol to their column");
    }
  }

  /** How it learns. */
  Learner<ColaClassificationModel> learner() {
    return new Learner<>(
        this,
        rows ->
            FitRows.labelled(
                this, rows, texts(), problem(), getLabelCol(), ParamSet.column(this, weightCol())),
        this::requireFit,
        training ->
            copyValues(new ColaClassificationModel(uid, new Fitted<>(training)), ParamMap.empty())
                .withParent(this));
  }

  @Override
  public ColaClassifier copy(ParamMap extra) {
    return defaultCopy(extra);
  }
}
