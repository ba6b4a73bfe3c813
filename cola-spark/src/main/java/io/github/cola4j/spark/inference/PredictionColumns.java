package io.github.cola4j.spark.inference;

import io.github.cola4j.model.loss.ProblemType;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.io.Serializable;
import java.util.HashSet;
import java.util.List;

/**
 * The columns that {@link AdapterRunner#transform} adds.
 *
 * @param prediction the likeliest label, a string; of several labels those likelier than not, an
 *     array of strings; of a regression a double. Null where the row cannot be classified
 * @param probabilities of all labels, a map from label to double in the order of the adapter's
 *     classes; null where the prediction is. There is no such column of a regression
 * @param reason why a row cannot be classified, a string; null where it was
 */
@RecordBuilder
public record PredictionColumns(String prediction, String probabilities, String reason)
    implements Serializable, PredictionColumnsBuilder.With {

  /** Fills in defaults, which are the components' names, and refuses a name given twice. */
  public PredictionColumns {
    prediction = prediction == null ? "prediction" : prediction;
    probabilities = probabilities == null ? "probabilities" : probabilities;
    reason = reason == null ? "reason" : reason;
    List<String> names = List.of(prediction, probabilities, reason);
    if (new HashSet<>(names).size() < names.size()) {
      throw new IllegalArgumentException("expected three columns' names, got " + names);
    }
  }

  /** Every default. */
  public static PredictionColumns defaults() {
    return new PredictionColumns(null, null, null);
  }

  /** The columns in their order. */
  List<OutputColumn<RowAnswer>> outputs(ProblemType problem) {
    return switch (problem) {
      case SINGLE_LABEL ->
          List.of(
              OutputColumn.label(prediction),
              OutputColumn.probabilities(probabilities),
              OutputColumn.reason(reason));
      case MULTI_LABEL ->
          List.of(
              OutputColumn.labels(prediction),
              OutputColumn.probabilities(probabilities),
              OutputColumn.reason(reason));
      case REGRESSION -> List.of(OutputColumn.value(prediction), OutputColumn.reason(reason));
    };
  }
}
