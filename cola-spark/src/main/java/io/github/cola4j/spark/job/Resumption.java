package io.github.cola4j.spark.job;

/** What a run does with the checkpoints that an earlier one has left. */
public enum Resumption {
  /** It refuses to start. */
  REFUSE,
  /** It resumes from the newest complete one; it refuses if job, model or data have changed. */
  RESUME,
  /** It resumes even where job, model or data have changed, if the states fit. */
  RESUME_ANYWAY,
  /** It deletes them. */
  RESTART;

  /** Whether it resumes where it can. */
  public boolean resumes() {
    return this == RESUME || this == RESUME_ANYWAY;
  }
}
