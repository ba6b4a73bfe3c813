package io.github.cola4j.spark.job.spec;

import io.soabase.recordbuilder.core.RecordBuilder;

/**
 * What a run's report tells.
 *
 * @param examples whether the mistakes that a classifier was most sure of, and some of a language
 *     model's generated answers, are in it, with their texts, which may be private
 */
@RecordBuilder
public record ReportConfig(Boolean examples) implements ReportConfigBuilder.With {

  /** Fills in defaults. */
  public ReportConfig {
    examples = examples != null && examples;
  }

  /** Every default. */
  public static ReportConfig defaults() {
    return ReportConfigBuilder.builder().build();
  }
}
