package io.github.cola4j.spark.training;

import java.io.Serializable;

/** What a task was trained and validated on. */
public record TaskSummary(SampleSummary training, SampleSummary validation)
    implements Serializable {
  /** Of no example. */
  public static final TaskSummary NONE = new TaskSummary(SampleSummary.NONE, SampleSummary.NONE);
}
