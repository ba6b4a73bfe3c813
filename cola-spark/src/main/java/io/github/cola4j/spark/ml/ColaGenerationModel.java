package io.github.cola4j.spark.ml;

import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.io.peft.PeftExport;
import io.github.cola4j.spark.data.language.DialogueFormat;
import io.github.cola4j.spark.inference.LanguageModelRunner;
import io.github.cola4j.spark.ml.params.Declarations;
import io.github.cola4j.spark.ml.params.DialogueParams;
import io.github.cola4j.spark.ml.params.GenerationParams;
import io.github.cola4j.spark.ml.params.ParamSet;
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
 * Answers dialogues with the adapters that {@link ColaLanguageModel} has trained, on executors. A
 * row that cannot be answered, such as one without a user's message or of an unknown task, has a
 * null answer. Messages of the assistant at a dialogue's end are not looked at.
 */
public final class ColaGenerationModel extends Model<ColaGenerationModel>
    implements DialogueParams<ColaGenerationModel>,
        GenerationParams<ColaGenerationModel>,
        DefaultParamsWritable {
  private static final long serialVersionUID = 1;

  private final String uid;
  private final ParamSet params;
  private final transient Fitted<LanguageModelRunner> fitted;

  /** A model that cannot be used: Spark Connect's server makes one to learn its name. */
  public ColaGenerationModel() {
    this(Identifiable.randomUID("colaLanguageModel"));
  }

  /** A model without adapters, as Spark makes one to read params into. */
  public ColaGenerationModel(String uid) {
    this(uid, Fitted.nothing());
  }

  ColaGenerationModel(String uid, Fitted<LanguageModelRunner> fitted) {
    this.uid = uid;
    this.params = new ParamSet(this);
    Declarations.generation(params);
    Declarations.seed(params);
    this.fitted = fitted;
  }

  private ColaGenerationModel with(List<TrainedAdapter> adapters) {
    return copyValues(new ColaGenerationModel(uid, new Fitted<>(adapters, null)), ParamMap.empty());
  }

  ColaGenerationModel withParent(ColaLanguageModel estimator) {
    setParent(estimator);
    return this;
  }

  /** Reads models. */
  public static MLReader<ColaGenerationModel> read() {
    return new ModelReader<>(ColaGenerationModel::with, null);
  }

  /** Reads the model that was written to a path; the frozen model is where it was at training. */
  public static ColaGenerationModel load(String path) {
    return read().load(path);
  }

  /**
   * Reads the model that was written to a path.
   *
   * @param model where the frozen model is now
   */
  public static ColaGenerationModel load(String path, String model) {
    return new ModelReader<>(ColaGenerationModel::with, model).load(path);
  }

  /** A model of the adapters that {@code cola train} has written. */
  public static ColaGenerationModel ofAdapters(String path) {
    return ofAdapters(path, null);
  }

  /**
   * A model of the adapters that {@code cola train} has written. Where there are several tasks, a
   * row's is in the column {@code task}. Columns are those of all adapters if they have learnt from
   * the same, and else the defaults.
   *
   * @param path a folder of adapters, as {@code results/adapters}, or one adapter's
   * @param model where the frozen model is now; null for where it was at training
   */
  public static ColaGenerationModel ofAdapters(String path, String model) {
    TrainedFolder folder = TrainedFolder.read(path, true, model);
    ColaGenerationModel read =
        folder.with(
            new ColaGenerationModel(
                Identifiable.randomUID("colaLanguageModel"),
                new Fitted<>(folder.adapters(), null)));
    Map<String, String> columns = folder.columnsOrNull();
    if (columns == null || !columns.containsKey("format")) {
      return read;
    }
    DialogueFormat format = DialogueFormat.of(columns.get("format"));
    if (!format.isDialogue()) {
      return read; // its rows are no dialogues, which it answers
    }
    return format == DialogueFormat.ALPACA
        ? read.setInstructionCol(columns.get("instruction")).setInputCol(columns.get("input"))
        : read.setMessagesCol(columns.get("messages"));
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
    SchemaCheck check = new SchemaCheck(this, schema);
    check.requireRead(dialogueColumns());
    return check.adding(new GenerationOutputs(this).fields());
  }

  /**
   * The rows with their answers, lazily. What is drawn for a row depends on {@code seed}, its task
   * and its prompt.
   */
  @Override
  public Dataset<Row> transform(Dataset<?> dataset) {
    transformSchema(dataset.schema());
    return fitted
        .runner(this, dataset.sparkSession(), LanguageModelRunner::new)
        .transform(
            dataset.toDF(),
            format(),
            dialogues(),
            ParamSet.column(this, taskCol()),
            sampling(),
            new GenerationOutputs(this).columns());
  }

  @Override
  public ColaGenerationModel copy(ParamMap extra) {
    ColaGenerationModel copy = copyValues(new ColaGenerationModel(uid, fitted), extra);
    copy.setParent(parent());
    return copy;
  }

  @Override
  public String toString() {
    return "ColaGenerationModel: uid=" + uid + ", tasks=" + List.of(tasks());
  }
}
