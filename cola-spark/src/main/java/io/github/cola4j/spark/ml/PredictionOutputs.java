package io.github.cola4j.spark.ml;

import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.spark.inference.OutputColumn;
import io.github.cola4j.spark.inference.RowAnswer;
import io.github.cola4j.spark.ml.params.ParamSet;
import io.github.cola4j.spark.ml.params.PredictionParams;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.ml.attribute.Attribute;
import org.apache.spark.ml.attribute.AttributeGroup;
import org.apache.spark.ml.attribute.NominalAttribute;
import org.apache.spark.ml.attribute.NumericAttribute;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.ml.param.Param;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import scala.collection.JavaConverters;

/** The columns that a stage adds to rows, by the params that name them. */
final class PredictionOutputs {
  private final PredictionParams<?> stage;
  private final List<String> labels;
  private final Map<Param<String>, OutputColumn<RowAnswer>> columns = new LinkedHashMap<>();

  /**
   * Of a stage.
   *
   * @param labels the classes of all tasks; null where they are not known, or tasks differ
   * @param problem what labels are
   */
  PredictionOutputs(PredictionParams<?> stage, List<String> labels, ProblemType problem) {
    this.stage = stage;
    this.labels = labels;
    switch (problem) {
      case SINGLE_LABEL -> {
        add(stage.predictionCol(), this::index);
        add(stage.predictedLabelCol(), OutputColumn::label);
      }
      case MULTI_LABEL -> {
        add(stage.predictionCol(), PredictionOutputs::indices);
        add(stage.predictedLabelCol(), OutputColumn::labels);
      }
      case REGRESSION -> {
        add(stage.predictionCol(), OutputColumn::value);
        add(stage.reasonCol(), OutputColumn::reason);
        return;
      }
    }
    add(
        stage.rawPredictionCol(),
        name -> vector(name, answer -> Vectors.dense(doubles(answer.logits()))));
    add(
        stage.probabilityCol(),
        name -> vector(name, answer -> Vectors.dense(answer.probabilities())));
    add(stage.probabilityMapCol(), OutputColumn::probabilities);
    add(stage.reasonCol(), OutputColumn::reason);
  }

  private interface Made {
    OutputColumn<RowAnswer> of(String name);
  }

  private void add(Param<String> param, Made column) {
    String name = ParamSet.column(stage, param);
    if (name != null) {
      columns.put(param, column.of(name));
    }
  }

  private OutputColumn<RowAnswer> index(String name) {
    NominalAttribute attribute = NominalAttribute.defaultAttr().withName(name);
    if (labels != null) {
      attribute = attribute.withValues(labels.toArray(String[]::new));
    }
    return OutputColumn.ofClassified(
        name, DataTypes.DoubleType, attribute.toMetadata(), answer -> (double) answer.index());
  }

  /** As Spark's MultilabelClassificationEvaluator takes them. */
  private static OutputColumn<RowAnswer> indices(String name) {
    return OutputColumn.ofClassified(
        name,
        DataTypes.createArrayType(DataTypes.DoubleType, false),
        Metadata.empty(),
        answer ->
            JavaConverters.asScalaBufferConverter(
                    IntStream.range(0, answer.logits().length)
                        .filter(c -> answer.logits()[c] > 0)
                        .mapToObj(c -> (double) c)
                        .toList())
                .asScala()
                .toSeq());
  }

  private OutputColumn<RowAnswer> vector(String name, OutputColumn.Value<RowAnswer> value) {
    return OutputColumn.ofClassified(name, SQLDataTypes.VectorType(), classes(name), value);
  }

  private Metadata classes(String name) {
    if (labels == null) {
      return Metadata.empty();
    }
    Attribute[] each =
        labels.stream()
            .map(label -> NumericAttribute.defaultAttr().withName(label))
            .toArray(Attribute[]::new);
    return new AttributeGroup(name, each).toMetadata();
  }

  private static double[] doubles(float[] logits) {
    double[] doubles = new double[logits.length];
    for (int c = 0; c < logits.length; c++) {
      doubles[c] = logits[c];
    }
    return doubles;
  }

  /** The columns. */
  List<OutputColumn<RowAnswer>> columns() {
    return List.copyOf(columns.values());
  }

  /** What a schema gets. */
  Map<Param<String>, StructField> fields() {
    Map<Param<String>, StructField> fields = new LinkedHashMap<>();
    columns.forEach((param, column) -> fields.put(param, column.field()));
    return fields;
  }
}
