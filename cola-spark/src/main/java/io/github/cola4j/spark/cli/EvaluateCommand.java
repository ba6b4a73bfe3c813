package io.github.cola4j.spark.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.Example;
import io.github.cola4j.data.MultipleChoice;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.spark.cli.console.Console;
import io.github.cola4j.spark.cli.console.ConsoleOptions;
import io.github.cola4j.spark.cli.option.ChoiceOptions;
import io.github.cola4j.spark.cli.option.CsvOptions;
import io.github.cola4j.spark.cli.option.DataOptions;
import io.github.cola4j.spark.cli.option.DialogueOptions;
import io.github.cola4j.spark.cli.option.Kinds;
import io.github.cola4j.spark.cli.option.OpenSession;
import io.github.cola4j.spark.cli.option.ResultArgument;
import io.github.cola4j.spark.cli.option.SamplingOptions;
import io.github.cola4j.spark.cli.option.SparkOptions;
import io.github.cola4j.spark.cli.option.TextOptions;
import io.github.cola4j.spark.data.DialogueReader;
import io.github.cola4j.spark.data.ExampleReader;
import io.github.cola4j.spark.data.ExampleRows;
import io.github.cola4j.spark.data.MultipleChoiceReader;
import io.github.cola4j.spark.data.format.CsvConfig;
import io.github.cola4j.spark.data.language.DialogueFormat;
import io.github.cola4j.spark.data.language.LanguageRows;
import io.github.cola4j.spark.inference.AdapterRunner;
import io.github.cola4j.spark.inference.LanguageModelRunner;
import io.github.cola4j.spark.inference.MultipleChoiceEvaluation;
import io.github.cola4j.spark.inference.score.AnswerProgress;
import io.github.cola4j.spark.inference.score.GeneratedAnswers;
import io.github.cola4j.spark.job.spec.ChoiceSpec;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import io.github.cola4j.train.Evaluation;
import io.github.cola4j.train.Objective;
import io.github.cola4j.train.language.LanguageModeling;
import java.io.IOException;
import java.io.PrintStream;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code cola evaluate adapter --data file}. */
@Command(
    name = "evaluate",
    mixinStandardHelpOptions = true,
    description = {
      "Measures a trained adapter.",
      "A classifier on labelled data; a language model on dialogues with answers, on"
          + " multiple-choice questions, or both. With --generate it also answers the dialogues",
      "itself, and its answers are compared with those of the data."
    })
final class EvaluateCommand implements Callable<Integer> {
  @Spec private CommandSpec command;

  @Mixin private ResultArgument result;

  @Option(
      names = "--base",
      description = "Language model: measures the frozen model alone beside it.")
  private boolean base;

  @Option(
      names = "--generate",
      description =
          "Language model: answers the dialogues of --data and compares: exact match, F1 of words,"
              + " ROUGE-L.")
  private boolean generate;

  @Mixin private SamplingOptions sampling;
  @Mixin private DataOptions data;
  @Mixin private CsvOptions csv;
  @Mixin private TextOptions texts;
  @Mixin private DialogueOptions dialogues;
  @Mixin private ChoiceOptions choices;
  @Mixin private SparkOptions spark;
  @Mixin private ConsoleOptions console;

  /** How well a language model predicts tokens, or tells answers apart, as JSON has it. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  private record Predicted(
      double loss,
      Double perplexity,
      Double tokenAccuracy,
      Long tokens,
      Double accuracy,
      Double margin) {
    static Predicted of(Evaluation score) {
      return score.margin() != null
          ? new Predicted(score.loss(), null, null, null, score.accuracy(), score.margin())
          : new Predicted(
              score.loss(), score.perplexity(), score.accuracy(), score.examples(), null, null);
    }

    @Override
    public String toString() {
      return margin == null
          ? String.format(
              Locale.ROOT,
              "loss %.4f, perplexity %.3f, token accuracy %.2f%%",
              loss,
              perplexity,
              100 * tokenAccuracy)
          : String.format(
              Locale.ROOT,
              "loss %.4f, %.2f%% of pairs preferred as in the data, mean margin %.4f",
              loss,
              100 * accuracy,
              margin);
    }
  }

  /** What is printed of a language model's dialogues as JSON. */
  private record Measured(
      @JsonUnwrapped Predicted model,
      long dialogues,
      long dropped,
      long truncated,
      long badRows,
      Predicted frozen,
      GeneratedAnswers.Figures answers,
      GeneratedAnswers.Figures frozenAnswers) {}

  /** What is printed of a language model's questions as JSON. */
  private record Asked(long questions, double accuracy, Double frozenAccuracy, long badRows) {}

  /** What is printed of a language model as JSON. */
  private record LanguageModelResult(
      String task, @JsonUnwrapped Measured dialogues, Asked choices) {}

  @Override
  public Integer call() throws IOException {
    if (!data.given() && !choices.given()) {
      throw new ParameterException(
          command.commandLine(), "give --data, or --choices to ask a language model");
    }
    if (generate && !data.given()) {
      throw new ParameterException(
          command.commandLine(), "--generate answers the dialogues of --data; give it");
    }
    data.maxBadRows();
    csv.config();
    return result.use(folders -> evaluate(result.one(folders)));
  }

  private Integer evaluate(Path folder) throws IOException {
    if (AdapterStore.describe(folder).isLanguageModel()) {
      Kinds.languageModel(command, "texts");
      languageModel(folder);
    } else {
      Kinds.classifier(command, "dialogues", "choices", "sampling");
      if (base || generate) {
        throw new InvalidJobException(
            (base ? "--base" : "--generate") + " is an option of language models", null);
      }
      classifier(folder);
    }
    return 0;
  }

  private void classifier(Path folder) throws IOException {
    CsvConfig how = csv.config();
    try (OpenSession open = spark.open("CoLA4J evaluate");
        AdapterRunner runner = new AdapterRunner(open.context(), folder, result.model());
        ExampleRows<Example> rows =
            ExampleReader.read(
                open.session(),
                runner.description().task(),
                data.files(),
                texts.columns(List.of(runner.description())),
                runner.description().problem(),
                true,
                how)) {
      data.checked(runner.description().task(), rows);
      ClassifierScores scores =
          ClassifierScores.of(
              runner.description(), runner.evaluate(rows.examples()), rows.badCount());
      Console printed = console.console();
      printed.json(scores);
      printed.text().println(scores.text());
    }
  }

  private void languageModel(Path folder) throws IOException {
    ChoiceSpec questions = choices.given() ? choices.spec() : null;
    try (OpenSession open = spark.open("CoLA4J evaluate");
        LanguageModelRunner runner =
            new LanguageModelRunner(open.context(), List.of(folder), result.model())) {
      Measured measured = data.given() ? measure(open.session(), runner) : null;
      Asked asked = questions == null ? null : ask(open.session(), runner, questions);
      console.console().json(new LanguageModelResult(runner.tasks().get(0), measured, asked));
    }
  }

  private Measured measure(SparkSession session, LanguageModelRunner runner) {
    AdapterStore.Description adapter = runner.descriptions().get(0);
    DialogueFormat format =
        generate ? dialogues.answered(List.of(adapter)) : dialogues.format(List.of(adapter));
    return measure(
        session,
        runner,
        adapter,
        LanguageRows.of(
            format,
            dialogues.columns(List.of(adapter)),
            adapter.prompt(),
            adapter.preference(),
            List.of()));
  }

  private <E extends Serializable> Measured measure(
      SparkSession session,
      LanguageModelRunner runner,
      AdapterStore.Description adapter,
      LanguageRows<E> how) {
    String task = adapter.task();
    try (ExampleRows<E> rows =
        DialogueReader.read(session, task, data.files(), how, dialogues.encoding(), csv.config())) {
      data.checked(task, rows);
      LanguageModelRunner.Score score =
          runner.evaluate(task, false, how.objective(), rows.examples());
      if (score.dialogues() == 0) {
        throw new IllegalArgumentException(
            "task '"
                + task
                + "': all "
                + score.dropped()
                + " examples are dropped: answers are empty, the prompt template cannot write"
                + " them, or prompts alone fill the "
                + adapter.maxLength()
                + " tokens of the adapter's training.maxLength");
      }
      PrintStream out = console.console().text();
      Predicted predicted = Predicted.of(score.tokens());
      out.printf(
          "%s: %s, %s; %d dropped, %d truncated, %d bad rows%n",
          task,
          predicted,
          counted(how.objective(), score),
          score.dropped(),
          score.truncated(),
          rows.badCount());
      Predicted frozen =
          base
              ? Predicted.of(runner.evaluate(task, true, how.objective(), rows.examples()).tokens())
              : null;
      if (frozen != null) {
        out.printf("frozen model: %s%n", frozen);
      }
      GeneratedAnswers.Figures answers = generated(runner, task, false, rows);
      GeneratedAnswers.Figures frozenAnswers = base ? generated(runner, task, true, rows) : null;
      return new Measured(
          predicted,
          score.dialogues(),
          score.dropped(),
          score.truncated(),
          rows.badCount(),
          frozen,
          answers,
          frozenAnswers);
    }
  }

  /** Answers of its own against those of the data; null without {@code --generate}. */
  private GeneratedAnswers.Figures generated(
      LanguageModelRunner runner, String task, boolean frozen, ExampleRows<?> rows) {
    if (!generate) {
      return null;
    }
    String name = frozen ? "frozen model" : task;
    AnswerProgress progress =
        new AnswerProgress(name, rows.exampleCount(), console.console().progress()::println);
    GeneratedAnswers.Figures figures =
        runner
            .evaluateAnswers(
                task,
                frozen,
                rows.examples().map(Dialogue.class::cast),
                sampling.sampling(),
                0,
                progress)
            .figures();
    console.console().text().println(name + ": " + figures);
    return figures;
  }

  private static String counted(Objective<?> objective, LanguageModelRunner.Score score) {
    return objective.preference() != null
        ? score.dialogues() + " pairs"
        : String.format(
            "%d supervised tokens of %d %s",
            score.tokens().examples(),
            score.dialogues(),
            objective instanceof LanguageModeling ? "dialogues" : "pieces of texts");
  }

  private Asked ask(SparkSession session, LanguageModelRunner runner, ChoiceSpec how) {
    String task = runner.tasks().get(0);
    try (ExampleRows<MultipleChoice> rows =
        MultipleChoiceReader.read(
            session, task, choices.files(), dialogues.encoding(), csv.config())) {
      data.checked(task, rows);
      MultipleChoiceEvaluation evaluation =
          how.evaluation(task, rows.examples(), runner.description(task).prompt(), choices.seed());
      PrintStream out = console.console().text();
      Evaluation answers = runner.evaluateChoices(task, false, evaluation);
      out.printf("%s: %s; %d bad rows%n", task, right(answers), rows.badCount());
      Evaluation frozen = base ? runner.evaluateChoices(task, true, evaluation) : null;
      if (frozen != null) {
        out.printf("frozen model: %s%n", right(frozen));
      }
      return new Asked(
          answers.examples(),
          answers.accuracy(),
          frozen == null ? null : frozen.accuracy(),
          rows.badCount());
    }
  }

  private static String right(Evaluation answers) {
    return String.format(
        Locale.ROOT, "%.2f%% of %d questions right", 100 * answers.accuracy(), answers.examples());
  }
}
