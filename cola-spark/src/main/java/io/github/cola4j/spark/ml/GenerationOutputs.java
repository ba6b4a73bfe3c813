package io.github.cola4j.spark.ml;

import io.github.cola4j.spark.inference.OutputColumn;
import io.github.cola4j.spark.inference.RowText;
import io.github.cola4j.spark.ml.params.GenerationParams;
import io.github.cola4j.spark.ml.params.ParamSet;
import io.github.cola4j.spark.ml.params.StageParams;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.ml.param.Param;
import org.apache.spark.sql.types.StructField;

/** The columns that a language model's stage adds to rows, by the params that name them. */
final class GenerationOutputs {
  private final Map<Param<String>, OutputColumn<RowText>> columns = new LinkedHashMap<>();

  /** Of a stage. */
  <S extends StageParams<?> & GenerationParams<?>> GenerationOutputs(S stage) {
    columns.put(stage.answerCol(), OutputColumn.answer(stage.getAnswerCol()));
    String cut = ParamSet.column(stage, stage.cutCol());
    if (cut != null) {
      columns.put(stage.cutCol(), OutputColumn.cut(cut));
    }
    String reason = ParamSet.column(stage, stage.reasonCol());
    if (reason != null) {
      columns.put(stage.reasonCol(), OutputColumn.unanswered(reason));
    }
  }

  /** The columns. */
  List<OutputColumn<RowText>> columns() {
    return List.copyOf(columns.values());
  }

  /** What a schema gets. */
  Map<Param<String>, StructField> fields() {
    Map<Param<String>, StructField> fields = new LinkedHashMap<>();
    columns.forEach((param, column) -> fields.put(param, column.field()));
    return fields;
  }
}
