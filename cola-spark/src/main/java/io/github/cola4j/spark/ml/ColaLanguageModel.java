package io.github.cola4j.spark.ml;

import io.github.cola4j.model.BaseModel;
import io.github.cola4j.spark.data.language.DialogueColumns;
import io.github.cola4j.spark.data.language.DialogueFormat;
import io.github.cola4j.spark.data.language.LanguageRows;
import io.github.cola4j.spark.ml.fit.FitRows;
import io.github.cola4j.spark.ml.params.Declarations;
import io.github.cola4j.spark.ml.params.DialogueParams;
import io.github.cola4j.spark.ml.params.FitParams;
import io.github.cola4j.spark.ml.params.GenerationParams;
import io.github.cola4j.spark.ml.params.ParamSet;
import io.github.cola4j.spark.ml.params.PromptParams;
import io.github.cola4j.spark.ml.params.SchemaCheck;
import io.github.cola4j.spark.training.RoundMetrics;
import java.util.LinkedHashMap;
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
 * Learns to answer dialogues: adapters for one task, or for each of many that a column tells apart,
 * on one frozen decoder.
 *
 * <p>A row has its messages, the last of which is the assistant's, or an instruction and its
 * output; with {@link #setTextCol} a text, all of which is learnt; with {@link #setChosenCol} two
 * answers, of which one is preferred. The rows must be the same whenever Spark computes them.
 */
public final class ColaLanguageModel extends Estimator<ColaGenerationModel>
    implements DialogueParams<ColaLanguageModel>,
        PromptParams<ColaLanguageModel>,
        GenerationParams<ColaLanguageModel>,
        FitParams<ColaLanguageModel>,
        DefaultParamsWritable {
  private static final long serialVersionUID = 1;

  private final String uid;
  private final ParamSet params;

  /** An estimator with every default; {@link #setModel} is the one param that it needs. */
  public ColaLanguageModel() {
    this(Identifiable.randomUID("colaLanguageModel"));
  }

  /** As Spark makes copies. */
  public ColaLanguageModel(String uid) {
    this.uid = uid;
    this.params = new ParamSet(this);
    Declarations.generation(params);
    Declarations.prompt(params);
    Declarations.fit(params);
  }

  /** Reads estimators. */
  public static MLReader<ColaLanguageModel> read() {
    return new DefaultParamsReadable<ColaLanguageModel>() {}.read();
  }

  /** Reads the estimator that was written to a path. */
  public static ColaLanguageModel load(String path) {
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

  /**
   * The columns that rows have after the model's transform.
   *
   * @throws IllegalArgumentException if a column is missing, of another type, or there already, or
   *     params do not go together
   */
  @Override
  public StructType transformSchema(StructType schema) {
    requireComplete();
    promptConfig();
    sampling();
    Map<Param<String>, SchemaCheck.Kind> read = new LinkedHashMap<>();
    if (learnsTexts() && learnsPreferences()) {
      throw new IllegalArgumentException(
          uid + ": textCol and chosenCol are both set; set one of them");
    }
    if (learnsTexts()) {
      read.put(textCol(), SchemaCheck.Kind.TEXT);
      read.put(taskCol(), SchemaCheck.Kind.TASK);
    } else if (learnsPreferences()) {
      read.put(chosenCol(), SchemaCheck.Kind.MESSAGES);
      read.put(rejectedCol(), SchemaCheck.Kind.MESSAGES);
      if (isSet(promptCol())) {
        read.put(promptCol(), SchemaCheck.Kind.MESSAGES);
      }
      read.put(taskCol(), SchemaCheck.Kind.TASK);
    } else {
      read.putAll(dialogueColumns());
      if (format() == DialogueFormat.ALPACA) {
        read.put(outputCol(), SchemaCheck.Kind.TEXT);
      }
    }
    read.put(validationIndicatorCol(), SchemaCheck.Kind.INDICATOR);
    SchemaCheck check = new SchemaCheck(this, schema);
    check.requireRead(read);
    return check.adding(new GenerationOutputs(this).fields());
  }

  /**
   * Trains.
   *
   * @throws IllegalArgumentException as {@link #transformSchema}; if there is no such model or it
   *     is no decoder, or too many rows are no dialogues with an answer
   */
  @Override
  public ColaGenerationModel fit(Dataset<?> dataset) {
    return fit(dataset, round -> {});
  }

  /**
   * Trains, and reports each round of each task when it is done.
   *
   * @param listener is called between rounds, so it should return soon
   */
  public ColaGenerationModel fit(Dataset<?> dataset, Consumer<RoundMetrics> listener) {
    Dataset<Row> rows = dataset.toDF();
    transformSchema(rows.schema());
    return learner().fit(rows, listener);
  }

  /** How it learns. */
  Learner<ColaGenerationModel> learner() {
    return new Learner<>(
        this,
        rows -> FitRows.language(this, rows, languageRows()),
        this::requireUse,
        training ->
            copyValues(new ColaGenerationModel(uid, new Fitted<>(training)), ParamMap.empty())
                .withParent(this));
  }

  /** Refuses a model that is no decoder, or has no template that dialogues are to be written by. */
  private void requireUse(BaseModel base) {
    if (learnsTexts()) {
      base.decoder();
    } else {
      base.dialogues(promptConfig(), getMaxLength());
    }
  }

  /** How rows are read, and what is learnt from them. */
  private LanguageRows<?> languageRows() {
    if (learnsTexts()) {
      return LanguageRows.texts(DialogueColumns.defaults().withText(getTextCol()), promptConfig());
    }
    if (learnsPreferences()) {
      DialogueColumns columns =
          dialogues()
              .withPrompt(getPromptCol())
              .withChosen(getChosenCol())
              .withRejected(getRejectedCol());
      return LanguageRows.preferences(columns, promptConfig(), preferenceConfig(), List.of());
    }
    return LanguageRows.dialogues(format(), dialogues().withOutput(getOutputCol()), promptConfig());
  }

  @Override
  public ColaLanguageModel copy(ParamMap extra) {
    return defaultCopy(extra);
  }
}
