package io.github.cola4j.spark.job;

/** What a run does with the checkpoints that an earlier one has left. */
public enum Resumption {
  /** It refuses to start. */
  REFUSE,
  /** It goes on from the newest that is whole; it refuses if job, model or data have changed. */
  RESUME,
  /** It goes on, also where job, model or data have changed, if the states fit. */
  RESUME_ANYWAY,
  /** It deletes them. */
  RESTART;

  /** Whether it goes on where it can. */
  public boolean resumes() {
    return this == RESUME || this == RESUME_ANYWAY;
  }
}
