package io.github.cola4j.spark.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a reader should know before the numbers are believed.
 *
 * @param task which it is about
 * @param text what it means and what to do
 */
public record ReportWarning(String task, String text) {

  static List<ReportWarning> of(RunReport run) {
    List<ReportWarning> warnings = new ArrayList<>();
    for (TaskReport task : run.tasks()) {
      if (task.isClassifier() && !task.isMultiLabel()) {
        notAhead(task, warnings);
      } else if (task.choices() != null) {
        notBetter(task, warnings);
      }
      long validation = task.data().validation().examples();
      if (SmallValidation.isSmall(validation, run.metric())) {
        warnings.add(
            new ReportWarning(task.name(), SmallValidation.about(validation, task.isClassifier())));
      }
    }
    return warnings;
  }

  private static void notAhead(TaskReport task, List<ReportWarning> warnings) {
    double accuracy = task.evaluation().accuracy();
    double probe = task.probe() == null ? 0 : task.probe();
    double best = Math.max(probe, task.majority());
    if (task.interval().low() > best) {
      return;
    }
    String rival = probe > task.majority() ? "a linear probe's" : "the majority class's";
    warnings.add(
        new ReportWarning(
            task.name(),
            String.format(
                Locale.ROOT,
                "the adapter is not ahead of %s %.1f%% by more than chance: it has %.1f%%, 95%%"
                    + " interval %.1f to %.1f%% of %,d examples. More training examples, another"
                    + " learning rate or metric: loss may help; else the simpler classifier will"
                    + " do.",
                rival,
                100 * best,
                100 * accuracy,
                100 * task.interval().low(),
                100 * task.interval().high(),
                task.evaluation().examples())));
  }

  private static void notBetter(TaskReport task, List<ReportWarning> warnings) {
    double before = task.choices().before().accuracy();
    Interval after = TaskReport.interval(task.choices().after());
    if (after.low() <= before) {
      warnings.add(
          new ReportWarning(
              task.name(),
              String.format(
                  Locale.ROOT,
                  "training has not raised the share of right answers by more than chance: %.1f%%"
                      + " before, %.1f%% after, 95%% interval %.1f to %.1f%% of %,d questions.",
                  100 * before,
                  100 * task.choices().after().accuracy(),
                  100 * after.low(),
                  100 * after.high(),
                  task.choices().after().examples())));
    }
  }
}
