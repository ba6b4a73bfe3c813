package io.github.cola4j.spark.ml.fit;

import io.github.cola4j.data.Example;
import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.spark.data.Columns;
import io.github.cola4j.spark.data.format.TableColumns;
import io.github.cola4j.spark.data.language.LanguageRows;
import io.github.cola4j.spark.ml.params.FitParams;
import io.github.cola4j.spark.training.TaskTable;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/** The rows that estimators are fitted to, as tasks. */
public final class FitRows {
  /** The task's name where a classifier has no column for it. */
  public static final String CLASSIFIER = "classifier";

  /** The task's name where a language model has no column for it. */
  public static final String LANGUAGE_MODEL = "language-model";

  private FitRows() {}

  /**
   * Labelled texts.
   *
   * @param texts where they are
   * @param problem what labels are
   * @param labelColumn where the label is
   * @param weightColumn how much a row counts; null where all count alike. Rows of weight 0 count
   *     for nothing, and are left out
   * @throws IllegalArgumentException as {@link TaskTable#of}
   */
  public static FitTable<Example> labelled(
      FitParams<?> stage,
      Dataset<Row> rows,
      Columns texts,
      ProblemType problem,
      String labelColumn,
      String weightColumn) {
    LabelColumn label = LabelColumn.of(rows.schema().apply(labelColumn));
    Columns columns = texts.withLabel(label.name()).withWeight(weightColumn);
    FitTable.Named named = FitTable.Named.of(stage, counting(rows, weightColumn), CLASSIFIER);
    boolean single = problem == ProblemType.SINGLE_LABEL;
    Map<String, List<String>> classes =
        single ? label.classes(named.rows(), named.task()) : Map.of();
    List<Column> read = new ArrayList<>();
    read.add(TableColumns.column(named.task()));
    read.add(TableColumns.column(columns.image() == null ? columns.text() : columns.image()));
    if (columns.pair() != null) {
      read.add(TableColumns.column(columns.pair()));
    }
    read.add(single ? label.text().as(label.name()) : TableColumns.column(label.name()));
    if (weightColumn != null) {
      read.add(TableColumns.column(weightColumn).cast("double").as(weightColumn));
    }
    return FitTable.of(
        stage,
        named,
        (part, task) -> TaskTable.of(part, task, columns, problem, classes, stage.getMaxBadRows()),
        read.toArray(Column[]::new));
  }

  private static Dataset<Row> counting(Dataset<Row> rows, String weightColumn) {
    if (weightColumn == null) {
      return rows;
    }
    Column weight = TableColumns.column(weightColumn).cast("double");
    return rows.where(weight.isNull().or(weight.notEqual(0)));
  }

  /**
   * What a language model learns from.
   *
   * @throws IllegalArgumentException as {@link TaskTable#ofLanguage}
   */
  public static <E extends Serializable> FitTable<E> language(
      FitParams<?> stage, Dataset<Row> rows, LanguageRows<E> how) {
    return FitTable.of(
        stage,
        FitTable.Named.of(stage, rows, LANGUAGE_MODEL),
        (part, task) -> TaskTable.ofLanguage(part, task, how, stage.getMaxBadRows()),
        functions.col("*"));
  }
}
