package io.github.cola4j.spark.ml;

import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.io.peft.PeftExport;
import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.spark.data.Columns;
import io.github.cola4j.spark.inference.MultiTaskRunner;
import io.github.cola4j.spark.ml.params.Declarations;
import io.github.cola4j.spark.ml.params.ParamSet;
import io.github.cola4j.spark.ml.params.PredictionParams;
import io.github.cola4j.spark.ml.params.SchemaCheck;
import java.util.List;
import java.util.Map;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.Identifiable;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/**
 * Classifies texts with the adapters that {@link ColaClassifier} has trained, on executors. A row
 * that cannot be classified, such as one with a null text or of an unknown task, has null
 * predictions.
 *
 * <p>A class's index is its place in {@link #labels(String)}. Columns have the labels in their
 * metadata where all tasks have the same.
 */
public final class ColaClassificationModel extends Model<ColaClassificationModel>
    implements PredictionParams<ColaClassificationModel>, DefaultParamsWritable {
  private static final long serialVersionUID = 1;

  private final String uid;
  private final ParamSet params;
  private final transient Fitted<MultiTaskRunner> fitted;

  /** A model that cannot be used: Spark Connect's server makes one to learn its name. */
  public ColaClassificationModel() {
    this(Identifiable.randomUID("colaClassifier"));
  }

  /** A model without adapters, as Spark makes one to read params into. */
  public ColaClassificationModel(String uid) {
    this(uid, Fitted.nothing());
  }

  ColaClassificationModel(String uid, Fitted<MultiTaskRunner> fitted) {
    this.uid = uid;
    this.params = new ParamSet(this);
    Declarations.prediction(params);
    this.fitted = fitted;
  }

  private ColaClassificationModel with(List<TrainedAdapter> adapters) {
    return copyValues(
        new ColaClassificationModel(uid, new Fitted<>(adapters, null)), ParamMap.empty());
  }

  ColaClassificationModel withParent(ColaClassifier estimator) {
    setParent(estimator);
    return this;
  }

  /** Reads models. */
  public static MLReader<ColaClassificationModel> read() {
    return new ModelReader<>(ColaClassificationModel::with, null);
  }

  /** Reads the model that was written to a path; the frozen model is where it was at training. */
  public static ColaClassificationModel load(String path) {
    return read().load(path);
  }

  /**
   * Reads the model that was written to a path.
   *
   * @param model where the frozen model is now
   */
  public static ColaClassificationModel load(String path, String model) {
    return new ModelReader<>(ColaClassificationModel::with, model).load(path);
  }

  /** A model of the adapters that {@code cola train} has written, which reads their columns. */
  public static ColaClassificationModel ofAdapters(String path) {
    return ofAdapters(path, null, null);
  }

  /**
   * A model of the adapters that {@code cola train} has written. Where there are several tasks, a
   * row's is in the column {@code task}.
   *
   * @param path a folder of adapters, as {@code results/adapters}, or one adapter's
   * @param model where the frozen model is now; null for where it was at training
   * @param columns where rows have their texts; null for the columns that were learnt from
   * @throws IllegalArgumentException if these differ from adapter to adapter and none are given
   */
  public static ColaClassificationModel ofAdapters(String path, String model, Columns columns) {
    TrainedFolder folder = TrainedFolder.read(path, false, model);
    ColaClassificationModel read =
        folder.with(
            new ColaClassificationModel(
                Identifiable.randomUID("colaClassifier"), new Fitted<>(folder.adapters(), null)));
    Columns texts = columns == null ? learnt(folder) : columns;
    if (texts.image() != null) {
      return read.setImageCol(texts.image());
    }
    read.setTextCol(texts.text());
    return texts.pair() == null ? read : read.setTextPairCol(texts.pair());
  }

  private static Columns learnt(TrainedFolder folder) {
    Map<String, String> columns = folder.columnsOrNull();
    if (columns == null) {
      throw new IllegalArgumentException(
          "the adapters have learnt from different columns, "
              + folder.adapters().stream().map(a -> a.description().columns()).distinct().toList()
              + "; give the columns that your rows have");
    }
    return new Columns(columns.get("text"), columns.get("pair"), columns.get("label"))
        .withImage(columns.get("image"));
  }

  @Override
  public MLWriter write() {
    return new ModelWriter(adapters(), DefaultParamsWritable.super.write());
  }

  @Override
  public String uid() {
    return uid;
  }

  @Override
  public Param<?>[] params() {
    return params.all();
  }

  /** The adapters, without moments, sorted by their tasks. */
  public List<TrainedAdapter> adapters() {
    return fitted.adapters();
  }

  /** The tasks' names, sorted. */
  public String[] tasks() {
    return fitted.tasks();
  }

  /**
   * The classes of the one task, by index.
   *
   * @throws IllegalStateException if there are several
   */
  public String[] labels() {
    if (tasks().length != 1) {
      throw new IllegalStateException(
          uid + " has the tasks " + List.of(tasks()) + "; ask for the labels of one of them");
    }
    return labels(tasks()[0]);
  }

  /**
   * The classes of a task, by index.
   *
   * @throws IllegalArgumentException if there is no such task
   */
  public String[] labels(String task) {
    return fitted.adapter(this, task).description().classes().toArray(String[]::new);
  }

  /** What the labels are that it predicts: single-label, multi-label or regression. */
  public String problemType() {
    return problem().key();
  }

  /**
   * Writes the one task's adapter as HF PEFT loads it onto the unchanged model.
   *
   * @param path an empty folder or none, on the driver's disk or, as a URI, on a file system
   * @throws IllegalStateException if there are several tasks
   */
  public PeftExport.Summary exportPeft(String path) {
    return PeftFolder.write(this, fitted.only(this), path, false);
  }

  /**
   * The same for a task.
   *
   * @param overwrite whether the folder may be replaced, if an export has left it
   * @throws IllegalArgumentException if there is no such task
   */
  public PeftExport.Summary exportPeft(String path, String task, boolean overwrite) {
    return PeftFolder.write(this, fitted.adapter(this, task), path, overwrite);
  }

  /** Whether there is a {@link #summary}: after a fit in this JVM, not after reading. */
  public boolean hasSummary() {
    return fitted.summaryOrNull() != null;
  }

  /**
   * How training went.
   *
   * @throws IllegalStateException if the model was read
   */
  public ColaTrainingSummary summary() {
    return fitted.summary(this);
  }

  @Override
  public StructType transformSchema(StructType schema) {
    Map<Param<String>, SchemaCheck.Kind> read = inputKinds();
    read.put(taskCol(), SchemaCheck.Kind.TASK);
    SchemaCheck check = new SchemaCheck(this, schema);
    check.requireRead(read);
    return check.adding(outputs().fields());
  }

  private PredictionOutputs outputs() {
    List<List<String>> classes =
        adapters().stream().map(adapter -> adapter.description().classes()).distinct().toList();
    return new PredictionOutputs(this, classes.size() == 1 ? classes.get(0) : null, problem());
  }

  private ProblemType problem() {
    return adapters().get(0).description().problem();
  }

  @Override
  public Dataset<Row> transform(Dataset<?> dataset) {
    transformSchema(dataset.schema());
    return fitted
        .runner(this, dataset.sparkSession(), MultiTaskRunner::new)
        .transform(dataset.toDF(), texts(), ParamSet.column(this, taskCol()), outputs().columns());
  }

  @Override
  public ColaClassificationModel copy(ParamMap extra) {
    ColaClassificationModel copy = copyValues(new ColaClassificationModel(uid, fitted), extra);
    copy.setParent(parent());
    return copy;
  }

  @Override
  public String toString() {
    return "ColaClassificationModel: uid=" + uid + ", tasks=" + List.of(tasks());
  }
}
