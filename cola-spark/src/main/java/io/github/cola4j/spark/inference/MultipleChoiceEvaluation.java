package io.github.cola4j.spark.inference;

import io.github.cola4j.data.MultipleChoice;
import io.github.cola4j.data.template.MultipleChoicePrompt;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.spark.internal.executor.RowGroup;
import io.github.cola4j.spark.internal.executor.ShardTrainer;
import io.github.cola4j.spark.model.TrainingContext;
import io.github.cola4j.train.Evaluation;
import io.github.cola4j.train.language.LanguageModeling;
import java.io.Serializable;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.broadcast.Broadcast;

/**
 * Multiple-choice questions for one language-model task.
 *
 * @param prompt how a question is asked
 * @param template writes the prompt as a user's message; null leaves it as it is
 * @param questions what is asked; their order must be the same at every computation
 */
public record MultipleChoiceEvaluation(
    MultipleChoicePrompt prompt, PromptConfig template, JavaRDD<MultipleChoice> questions) {
  /** Questions a Spark task answers: fixed, so that sums do not depend on the cluster. */
  private static final int QUESTIONS_AT_ONCE = 64;

  /** What executors need. */
  private record Form(MultipleChoicePrompt prompt, PromptConfig template) implements Serializable {}

  /** Answers all questions with a task's parameters. */
  public Evaluation evaluate(
      TrainingContext job, LanguageModeling objective, Broadcast<float[]> theta) {
    Form form = new Form(prompt, template);
    return RowGroup.of(questions, QUESTIONS_AT_ONCE)
        .map(
            group ->
                ShardTrainer.score(
                    job, objective, theta.value(), form.prompt(), form.template(), group.rows()))
        .collect()
        .stream()
        .reduce(Evaluation.empty(MultipleChoice.MAX_OPTIONS), Evaluation::plus);
  }
}
