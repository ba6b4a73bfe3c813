package io.github.cola4j.spark;

import io.github.cola4j.data.MultipleChoice;
import io.github.cola4j.data.MultipleChoicePrompt;
import io.github.cola4j.data.PromptConfig;
import io.github.cola4j.train.Evaluation;
import io.github.cola4j.train.LanguageModeling;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple2;

/**
 * Multiple-choice questions for one language-model task.
 *
 * @param prompt how a question is asked
 * @param template writes the prompt as a user's message; null leaves it as it is
 * @param questions what is asked; their order must be the same at every computation
 */
public record Exam(
    MultipleChoicePrompt prompt, PromptConfig template, JavaRDD<MultipleChoice> questions) {
  /** Questions a Spark task answers: fixed, so that sums do not depend on the cluster. */
  private static final int QUESTIONS_AT_ONCE = 64;

  /** What executors need. */
  private record Form(MultipleChoicePrompt prompt, PromptConfig template) implements Serializable {}

  /** Answers all questions with a task's parameters. */
  Evaluation evaluate(ShardJob job, LanguageModeling objective, Broadcast<float[]> theta) {
    Form form = new Form(prompt, template);
    List<Tuple2<Long, Evaluation>> parts =
        new ArrayList<>(
            questions
                .zipWithIndex()
                .mapToPair(row -> new Tuple2<>(row._2() / QUESTIONS_AT_ONCE, row))
                .groupByKey()
                .map(
                    group ->
                        new Tuple2<>(
                            group._1(),
                            ShardTrainer.score(
                                job,
                                objective,
                                theta.value(),
                                form.prompt(),
                                form.template(),
                                ordered(group._2()))))
                .collect());
    parts.sort(Comparator.comparing(Tuple2::_1));
    return parts.stream()
        .map(Tuple2::_2)
        .reduce(Evaluation.empty(MultipleChoice.MAX_OPTIONS), Evaluation::plus);
  }

  private static List<MultipleChoice> ordered(Iterable<Tuple2<MultipleChoice, Long>> group) {
    List<Tuple2<MultipleChoice, Long>> rows = new ArrayList<>();
    group.forEach(rows::add);
    rows.sort(Comparator.comparing(Tuple2::_2));
    return rows.stream().map(Tuple2::_1).toList();
  }
}
