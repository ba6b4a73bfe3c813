package io.github.cola4j.examples.wordnet;

/** How many examples each split of a task gets. */
record SplitSizes(int train, int validation, int test) {
  SplitSizes {
    if (train < 1 || validation < 0 || test < 0) {
      throw new IllegalArgumentException(
          "expected at least 1 training, 0 validation and 0 test examples, got %d, %d and %d"
              .formatted(train, validation, test));
    }
  }

  long total() {
    return (long) train + validation + test;
  }

  /** Refuses more examples than the task has, and fewer training examples than classes. */
  void check(String task, int classes, long available) {
    if (train < classes) {
      throw new IllegalArgumentException(
          "%s has %d classes and every one must occur in training: ask for at least %d training examples, not %d"
              .formatted(task, classes, classes, train));
    }
    if (total() > available) {
      throw new IllegalArgumentException(
          "%s has %d examples, but %d + %d + %d = %d were asked for: ask for fewer"
              .formatted(task, available, train, validation, test, total()));
    }
  }
}
