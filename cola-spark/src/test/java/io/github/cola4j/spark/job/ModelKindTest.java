package io.github.cola4j.spark.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cola4j.model.Architecture.Purpose;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import io.github.cola4j.spark.job.spec.Job;
import io.github.cola4j.spark.job.spec.JobFile;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a job trains its model for. */
class ModelKindTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {name: a, train: x}                              |                          |
          {name: a, train: x, classes: [b, c]}             |                          | CLASSIFICATION
          {name: a, train: x, columns: {label: l}}         |                          | CLASSIFICATION
          {name: a, train: x, problemType: regression}     |                          | CLASSIFICATION
          {name: a, train: x}                              | pooling: last            | CLASSIFICATION
          {name: a, train: x, dialogue: {instruction: q}}  |                          | DIALOGUE
          {name: a, train: x, choices: {files: y}}            |                          | DIALOGUE
          {name: a, train: x}                              | prompt: {template: plain}| DIALOGUE
          """)
  void dialoguesWhereAKeySaysSoAndTheModelCan(String task, String keys, Purpose ofBoth) {
    String yaml =
        "model: none\ntasks:\n  - " + task + "\n" + (keys == null ? "" : keys) + "\noutput: out\n";
    Job job = JobFile.parse(yaml, "job.yaml", List.of());
    Set<Purpose> both = Set.of(Purpose.CLASSIFICATION, Purpose.DIALOGUE);
    for (Purpose one : Purpose.values()) {
      assertThat(ModelKind.purpose(job, both, one)).isEqualTo(ofBoth == null ? one : ofBoth);
      assertThat(ModelKind.purpose(job, Set.of(one), one)).isEqualTo(one);
    }
  }

  @Test
  void weightsAndRegularisersDoNotGoTogether() {
    String yaml =
        """
        model: none
        tasks:
          - {name: a, train: x}
          - {name: b, train: x, columns: {weight: w}}
        output: out
        """;
    ModelKind.requireFit(JobFile.parse(yaml, "job.yaml", List.of()), Purpose.CLASSIFICATION);
    Job both =
        JobFile.parse(
            yaml + "training: {regularization: {consistency: 1}}\n", "job.yaml", List.of());
    assertThatThrownBy(() -> ModelKind.requireFit(both, Purpose.CLASSIFICATION))
        .isInstanceOf(InvalidJobException.class)
        .hasMessageStartingWith("tasks.1.columns.weight: training.regularization looks at all");
  }
}
